/** Writes a JSON body with faults in it: values that no JSON.stringify would write, names that stand twice, fields too many. */
export type Path = readonly (string | number)[];

export type BodyFault =
  | { readonly fault: 'value'; readonly path: Path; /** JSON as it will stand in the text, or something that only looks like it. */ readonly json: string }
  | { readonly fault: 'missing'; readonly path: Path }
  | { readonly fault: 'unknown field'; readonly path: Path; readonly name: string; readonly json: string }
  | { readonly fault: 'name twice'; readonly path: Path }
  | { readonly fault: 'repeated items'; readonly path: Path; readonly times: number };

export function bodyText(body: unknown, faults: readonly BodyFault[], path: Path = []): string {
  const here = faults.filter((fault) => samePath(fault.path, path));
  const value = here.find((fault) => fault.fault === 'value');
  if (value) return value.json;
  if (Array.isArray(body)) {
    const items = body.map((item, index) => bodyText(item, faults, [...path, index]));
    const repeated = here.find((fault) => fault.fault === 'repeated items');
    return `[${(repeated ? Array.from({ length: repeated.times }, () => items[0] ?? '0') : items).join(',')}]`;
  }
  if (typeof body !== 'object' || body === null) return JSON.stringify(body);
  return objectText(body as Record<string, unknown>, faults, here, path);
}

function objectText(body: Record<string, unknown>, faults: readonly BodyFault[], here: readonly BodyFault[], path: Path): string {
  const missing = new Set(faults.filter((fault) => fault.fault === 'missing' && isChild(fault.path, path)).map((fault) => String(fault.path.at(-1))));
  const members = Object.entries(body).filter(([name]) => !missing.has(name)).map(([name, field]) => `${JSON.stringify(name)}:${bodyText(field, faults, [...path, name])}`);
  // A field that the example leaves out may still be sent wrongly.
  for (const fault of faults) {
    if (fault.fault === 'value' && isChild(fault.path, path) && !(String(fault.path.at(-1)) in body)) members.push(`${JSON.stringify(String(fault.path.at(-1)))}:${fault.json}`);
  }
  for (const fault of here) {
    if (fault.fault === 'unknown field') members.push(`${JSON.stringify(fault.name)}:${fault.json}`);
    if (fault.fault === 'name twice' && members.length > 0) members.push(members[0]!);
  }
  return `{${members.join(',')}}`;
}

const samePath = (one: Path, other: Path): boolean => one.length === other.length && one.every((step, at) => step === other[at]);
const isChild = (child: Path, parent: Path): boolean => child.length === parent.length + 1 && typeof child.at(-1) === 'string' && samePath(child.slice(0, -1), parent);
