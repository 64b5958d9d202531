import { createHash } from 'node:crypto';

/** Merkle trees of RFC 6962, §2.1. A leaf is the hash of a chain row already: SHA-256(0x00 || prev || row). */
const nodeHash = (left: Uint8Array, right: Uint8Array): Buffer => createHash('sha256').update(Uint8Array.of(1)).update(left).update(right).digest();

/** The largest power of two below `count`, which is at least 2. */
const splitOf = (count: number): number => 2 ** Math.floor(Math.log2(count - 1));

export function treeRoot(leaves: readonly Uint8Array[]): Buffer {
  if (leaves.length === 0) throw new Error('A tree has a leaf.');
  if (leaves.length === 1) return Buffer.from(leaves[0]!);
  const split = splitOf(leaves.length);
  return nodeHash(treeRoot(leaves.slice(0, split)), treeRoot(leaves.slice(split)));
}

/** Of each leaf, from the leaf up to the root. */
export function inclusionProofs(leaves: readonly Uint8Array[]): Buffer[][] {
  return branch(leaves).proofs;
}

function branch(leaves: readonly Uint8Array[]): { root: Buffer; proofs: Buffer[][] } {
  if (leaves.length === 1) return { root: Buffer.from(leaves[0]!), proofs: [[]] };
  const split = splitOf(leaves.length);
  const [left, right] = [branch(leaves.slice(0, split)), branch(leaves.slice(split))];
  const proofs = [...left.proofs.map((proof) => [...proof, right.root]), ...right.proofs.map((proof) => [...proof, left.root])];
  return { root: nodeHash(left.root, right.root), proofs };
}

/** The root that this leaf, at this place of so many, has with this proof; `null` when the proof's length does not fit. */
export function rootOfProof(leaf: Uint8Array, index: number, count: number, proof: readonly Uint8Array[]): Buffer | null {
  if (index < 0 || index >= count) return null;
  if (count === 1) return proof.length === 0 ? Buffer.from(leaf) : null;
  const last = proof.at(-1);
  if (!last) return null;
  const split = splitOf(count);
  const below = index < split ? rootOfProof(leaf, index, split, proof.slice(0, -1)) : rootOfProof(leaf, index - split, count - split, proof.slice(0, -1));
  if (below === null) return null;
  return index < split ? nodeHash(below, last) : nodeHash(last, below);
}
