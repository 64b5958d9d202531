/** Again until a pass finds less than it may take: a backlog is worked off within the tick that meets it. */
export async function untilFewer(rowsMax: number, pass: (rowsMax: number) => Promise<number>): Promise<number> {
  let total = 0;
  for (;;) {
    const rows = await pass(rowsMax);
    total += rows;
    if (rows < rowsMax) return total;
  }
}
