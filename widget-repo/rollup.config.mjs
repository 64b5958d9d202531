// Builds, in this order: the portal's pages, the trading part (an ES module of its own), the CDN script that knows its hash, and the npm entry with types.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { transform } from '@swc/core';
import nodeResolve from '@rollup/plugin-node-resolve';
import terser from '@rollup/plugin-terser';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { buildPortal } from './scripts/build-portal.mjs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
// Where the widget finds the operator's API when neither the page nor the script tag says so.
const apiUrl = new URL(process.env.WIDGET_API_URL ?? 'http://localhost:8080').origin;

const minify = terser({ ecma: 2020, module: true, compress: { passes: 3, unsafe_arrows: true }, format: { comments: false } });

function compile(constants) {
  const all = { __WIDGET_VERSION__: version, __WIDGET_API_URL__: apiUrl, __TRADING_PATH__: '', __TRADING_INTEGRITY__: '', ...constants };
  return {
    name: 'compile',
    async transform(code, id) {
      if (!id.endsWith('.ts')) return null;
      const options = { filename: id, sourceMaps: false, jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'es6' } };
      const compiled = await transform(squeezeCss(code, id), options);
      return { code: compiled.code.replace(/__[A-Z_]+__/g, (name) => (Object.hasOwn(all, name) ? JSON.stringify(all[name]) : name)), map: null };
    },
  };
}

/** Style sheets are template strings, which the minifier must leave alone; their white space is ours to drop. */
function squeezeCss(code, id) {
  if (!/[\\/]styles[\\/][^\\/]+\.ts$/.test(id)) return code;
  return code.replace(/`[^`]*`/g, (css) =>
    css.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\s+/g, ' ').replace(/ ?([{};,>]) ?/g, '$1').replace(/: /g, ':').replace(/;}/g, '}'),
  );
}

const plugins = (constants) => [nodeResolve({ extensions: ['.ts', '.mjs', '.js'] }), compile(constants)];

await buildPortal({ plugins, minify });

const trading = await rollup({ input: 'src/trading.ts', plugins: plugins({}) });
const { output } = await trading.generate({ format: 'es', sourcemap: false, plugins: [minify] });
await trading.close();
const [{ code: tradingCode }] = output;
// Its name says what is in it: a rebuild under the same version never meets a part that a browser keeps for ever.
const tradingName = `trading-${createHash('sha256').update(tradingCode).digest('hex').slice(0, 8)}.mjs`;
rmSync(`dist/${version}`, { recursive: true, force: true });
mkdirSync(`dist/${version}`, { recursive: true });
writeFileSync(`dist/${version}/${tradingName}`, tradingCode);
const tradingPart = {
  // Both channels take it from the immutable folder, so a cached first part never meets a newer second one.
  __TRADING_PATH__: `../${version}/${tradingName}`,
  __TRADING_INTEGRITY__: `sha384-${createHash('sha384').update(tradingCode).digest('base64')}`,
};

export default [
  {
    input: 'src/standalone.ts',
    plugins: plugins(tradingPart),
    output: ['v1', version].map((channel) => ({ file: `dist/${channel}/main.js`, format: 'iife', sourcemap: false, plugins: [minify] })),
  },
  { input: 'src/index.ts', plugins: plugins({}), output: { file: 'dist/npm/index.js', format: 'es', sourcemap: false, inlineDynamicImports: true } },
  { input: 'src/index.ts', plugins: [dts()], output: { file: 'dist/npm/index.d.ts', format: 'es' } },
];
