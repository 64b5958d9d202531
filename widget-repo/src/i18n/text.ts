import { en } from './en.ts';

export type Fillings = Readonly<Record<string, string | number>>;

export function fillIn(sentence: string, fillings: Fillings): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) => (Object.hasOwn(fillings, name) ? String(fillings[name]) : ''));
}

export function say(key: keyof typeof en, fillings: Fillings = {}): string {
  return fillIn(en[key], fillings);
}

export function isKey(key: string): key is keyof typeof en {
  return Object.hasOwn(en, key);
}
