/** All of it as text, or `null` when it is longer than that. Leaving early ends what it comes from, so a sender that never ends cannot hold us. */
export async function textWithin(bytesMax: number, pieces: AsyncIterable<Uint8Array> | null): Promise<string | null> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of pieces ?? []) {
    bytes += piece.length;
    if (bytes > bytesMax) return null;
    kept.push(piece);
  }
  return Buffer.concat(kept).toString();
}
