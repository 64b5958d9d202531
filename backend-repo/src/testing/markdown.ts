/** What tests read of our guides. */
export interface CodeBlock {
  /** '' when the fence names none. */
  readonly language: string;
  readonly text: string;
}

const FENCE = /^```(\w*)\n([\s\S]*?)^```$/gm;

export function codeBlocks(markdown: string): CodeBlock[] {
  return [...markdown.matchAll(FENCE)].map(([, language = '', text = '']) => ({ language, text }));
}

/** Everything but code: fenced, indented after an empty line, and between backticks. */
export function prose(markdown: string): string {
  return markdown.replace(FENCE, '').replace(/(?<=\n\n)(?: {4}.*\n|\n)+/g, '\n').replace(/`[^`\n]+`/g, (code) => '`'.repeat(code.length));
}

/** The anchors of a page, as the usual renderers make them from its headings. */
export function anchors(markdown: string): Set<string> {
  const seen = new Map<string, number>();
  const slugs = [...markdown.replace(FENCE, '').matchAll(/^#{1,6} +(.+?) *#*$/gm)].map(([, heading = '']) => {
    const slug = heading.toLowerCase().replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
  return new Set(slugs);
}

/** Where the links of a page lead, without those to other sites. */
export function relativeLinks(markdown: string): string[] {
  return [...prose(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/i.test(target));
}

/** Rows of the first table whose head begins with these cells, each as its cells. */
export function tableRows(markdown: string, ...head: string[]): string[][] {
  const lines = markdown.split('\n');
  const cells = (line: string): string[] => line.replace(/^\||\|\s*$/g, '').split(/(?<!\\)\|/).map((cell) => cell.trim());
  const start = lines.findIndex((line) => line.startsWith('|') && head.every((name, index) => cells(line)[index] === name));
  if (start < 0) throw new Error(`no table begins with ${head.join(', ')}`);
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith('|')) break;
    rows.push(cells(line));
  }
  return rows;
}
