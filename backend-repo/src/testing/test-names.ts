import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BACKEND = fileURLToPath(new URL('../../', import.meta.url));
const NAMED = /^\s*(?:test|describe)(?:\.each(?:<.*>)?\(.*\))?\(\s*'((?:[^'\\]|\\.)*)'/gm;

/** Every name that a file gives to a test or to a group of them. @param file as it stands in a page of ours, below backend-repo */
export function testNamesIn(file: string): Set<string> {
  return new Set([...readFileSync(`${BACKEND}${file}`, 'utf8').matchAll(NAMED)].map(([, name = '']) => name.replaceAll("\\'", "'")));
}
