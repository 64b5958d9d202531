/** What a mail is made of. Both its parts are written from this, so they cannot say different things. */
export interface MailContent {
  readonly subject: string;
  readonly blocks: readonly MailBlock[];
}

export type MailBlock =
  | { readonly kind: 'sentence'; readonly text: string }
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [name: string, value: string])[] }
  | { readonly kind: 'link'; readonly label: string; readonly url: string };

const sentence = (text: string): MailBlock => ({ kind: 'sentence', text });
const facts = (...rows: (readonly [string, string])[]): MailBlock => ({ kind: 'facts', facts: rows });
const link = (label: string, url: string): MailBlock => ({ kind: 'link', label, url });
export const block = { sentence, facts, link };

const TEXT_MAX = 500;
// Control and format characters may turn a line around, hide in it or end it. The others stand between lines.
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;

/** A value from outside, on one line and of a length that leaves room for what we say. */
export function oneLine(text: string): string {
  const line = text.replace(INVISIBLE, ' ').replace(/\s+/g, ' ').trim();
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX - 1).toWellFormed()}…` : line;
}

/** Words that somebody else chose. Mail programs make links of what looks like an address; none of these must lead anywhere. */
export function withoutAddresses(text: string): string {
  return withoutSchemes(text).replace(/@/g, ' at ').replace(/\.(?=\p{L})/gu, '. ');
}

/** The same, as far as it goes with what must stay letter for letter. */
export function withoutSchemes(text: string): string {
  return oneLine(text).replace(/:?[/\\]{2,}/g, ' ');
}

export function textOf({ blocks }: MailContent): string {
  const paragraph = (each: MailBlock): string => {
    if (each.kind === 'sentence') return each.text;
    if (each.kind === 'link') return `${each.label}\n${each.url}`;
    return each.facts.map(([name, value]) => `${name}: ${value}`).join('\n');
  };
  return `${blocks.map(paragraph).join('\n\n')}\n`;
}

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif';
const BUTTON = 'display:inline-block;padding:12px 20px;border-radius:6px;background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600';

/** No picture, no script, nothing to load: it shows the same everywhere and tells nobody that it was read. */
export function htmlOf({ subject, blocks }: MailContent): string {
  const paragraph = (each: MailBlock): string => {
    if (each.kind === 'sentence') return `<p>${escapeHtml(each.text)}</p>`;
    if (each.kind === 'facts') return `<p>${each.facts.map(([name, value]) => `<span style="color:#4b5563">${escapeHtml(name)}:</span> ${escapeHtml(value)}`).join('<br>\n')}</p>`;
    const url = escapeHtml(each.url);
    return `<p><a href="${url}" style="${BUTTON}">${escapeHtml(each.label)}</a></p>\n<p style="font-size:13px;color:#4b5563;word-break:break-all">${url}</p>`;
  };
  return [
    '<!doctype html>',
    `<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>`,
    `<body style="margin:0;padding:24px;background:#ffffff;color:#111827;font-size:15px;line-height:1.5;${FONT}"><div style="max-width:560px">`,
    ...blocks.map(paragraph),
    '</div></body></html>',
    '',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}
