/** How personal data looks in an answer: enough to see that two are alike, too little to write to anybody. */
const EMAIL = /([^\s@"',;:<>()]{1,64})@([^\s@"',;:<>()]+\.[^\s@"',;:<>()]+)/g;

export const maskEmails = (text: string): string => text.replace(EMAIL, (_all, local: string, domain: string) => `${local[0]}***@${domain}`);

/** The network, without the one in it. */
export function maskAddress(ip: string): string {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '');
  if (plain.startsWith('personal_data:')) return '***';
  if (/^\d+\.\d+\.\d+\.\d+$/.test(plain)) return plain.replace(/\.\d+\.\d+$/, '.*.*');
  const groups = plain.split(':').filter((group) => group !== '');
  return groups.length > 2 ? `${groups.slice(0, 2).join(':')}:*` : '***';
}
