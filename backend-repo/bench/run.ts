// `npm run bench NAME [-- --full]`: runs one benchmark. The last line printed is one JSON object (design §3).
const name = process.argv[2];
const known = ['tokens', 'engine', 'orders', 'recovery', 'login'] as const;
if (!known.includes(name as never)) {
  console.error(`Usage: scripts/bench NAME, where NAME is one of: ${known.join(', ')}`);
  process.exit(2);
}
const { main } = (await import(`./${name}.ts`)) as { main: (args: string[]) => Promise<void> };
await main(process.argv.slice(3));
export {};
