// Builds the operator's own pages into dist/portal: one small HTML file per page, and beside them files that are named after their content.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { rollup } from 'rollup';

const SOURCE = new URL('../src/portal/', import.meta.url);
const TARGET = new URL('../dist/portal/', import.meta.url);

/** Page → its heading. `account-security.html` is what the backend serves at /account/security. */
const PAGES = {
  login: { entry: 'login', title: 'Sign in' },
  register: { entry: 'register', title: 'Open an account' },
  verify: { entry: 'verify', title: 'Confirm' },
  reset: { entry: 'reset', title: 'Set a new password' },
  'account-security': { entry: 'security', title: 'Security' },
};

export async function buildPortal({ plugins, minify }) {
  rmSync(TARGET, { recursive: true, force: true });
  mkdirSync(new URL('assets/', TARGET), { recursive: true });
  const [worker] = await bundle({ 'proof-worker': `src/portal/proof-worker.ts` }, plugins({}), minify, 'iife');
  const [theme] = await bundle({ theme: 'src/portal/theme.ts' }, plugins({}), minify, 'iife');
  const inputs = Object.fromEntries(Object.values(PAGES).map(({ entry }) => [entry, `src/portal/${entry}.ts`]));
  const chunks = await bundle(inputs, plugins({ __PROOF_WORKER__: worker.fileName }), minify, 'es');
  const shared = {
    style: keep('portal.css', squeeze(read('portal.css'))),
    icon: keep('icon.svg', read('icon.svg').trim()),
    theme: theme.fileName,
  };
  for (const { fileName, code } of [worker, theme, ...chunks]) writeFileSync(new URL(`assets/${fileName}`, TARGET), code);
  for (const [page, { entry, title }] of Object.entries(PAGES)) {
    const chunk = chunks.find(({ isEntry, name }) => isEntry && name === entry);
    const preloads = chunk.imports.map((name) => `<link rel="modulepreload" href="/portal/${name}">`).join('\n');
    const fillings = { ...shared, title, preloads, entry: chunk.fileName };
    writeFileSync(new URL(`${page}.html`, TARGET), read('page.html').replace(/\{(\w+)\}/g, (_, name) => fillings[name]));
  }
}

async function bundle(input, plugins, minify, format) {
  const build = await rollup({ input, plugins });
  const names = { entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js', hashCharacters: 'hex' };
  // What all pages share is one file, which the next page finds in the browser's cache.
  const manualChunks = format === 'es' ? (id) => (/portal\/(shell|parts|form)\.ts$/.test(id) ? 'shell' : undefined) : undefined;
  const { output } = await build.generate({ format, ...names, ...(manualChunks && { manualChunks }), sourcemap: false, plugins: [minify] });
  await build.close();
  return output;
}

function read(name) {
  return readFileSync(new URL(name, SOURCE), 'utf8');
}

/** Writes a file under a name that says what is in it. */
function keep(name, text) {
  const dot = name.lastIndexOf('.');
  const named = `${name.slice(0, dot)}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}${name.slice(dot)}`;
  writeFileSync(new URL(`assets/${named}`, TARGET), text);
  return named;
}

function squeeze(css) {
  return css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ').replace(/ ?([{};,>]) ?/g, '$1').replace(/: /g, ':').replace(/;}/g, '}').trim();
}
