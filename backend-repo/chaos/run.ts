// `npm run chaos NAME [-- --short | --full]`: kills and interrupts the real thing and counts what was lost. Last line: one JSON object (design §3).
const name = process.argv[2];
const known = ['tokens', 'orders', 'conservation', 'fuzz', 'login-timing'] as const;
if (!known.includes(name as never)) {
  console.error(`Usage: scripts/chaos NAME, where NAME is one of: ${known.join(', ')}`);
  process.exit(2);
}
const { main } = (await import(`./${name}.ts`)) as { main: (args: string[]) => Promise<void> };
await main(process.argv.slice(3));
export {};
