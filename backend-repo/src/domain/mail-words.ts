import type { Mail, MailData, MailTemplate } from './mail.ts';
import { block, withoutAddresses, withoutSchemes, type MailContent } from './mail-layout.ts';

const { sentence, facts, link } = block;
const NOT_YOU = 'If this was not you, set a new password at once and sign all devices out.';
const IGNORE = 'If you did not ask for this, you need not do anything.';

type Words<Template extends MailTemplate> = (data: MailData[Template]) => MailContent;

/** Every mail we send, in words. */
const WORDS: { readonly [Template in MailTemplate]: Words<Template> } = {
  'verify-email': ({ url, minutes }) => ({
    subject: 'Confirm your e-mail address',
    blocks: [sentence('Somebody signed up with this e-mail address. If it was you, confirm it, and your account is ready.'), link('Confirm my address', url), sentence(`The link works for ${span(minutes)}, and once.`), sentence(IGNORE)],
  }),
  'account-exists': ({ signInUrl, resetUrl }) => ({
    subject: 'You have an account already',
    blocks: [
      sentence('Somebody signed up with this e-mail address, which has an account already. Nothing has changed. If it was you, sign in, or set a new password if you forgot yours.'),
      link('Sign in', signInUrl),
      link('Set a new password', resetUrl),
      sentence('If it was not you, you need not do anything.'),
    ],
  }),
  'reset-password': ({ url, minutes }) => ({
    subject: 'Set a new password',
    blocks: [sentence('Somebody asked for a new password for your account. If it was you, set it here.'), link('Set a new password', url), sentence(`The link works for ${span(minutes)}, and once. Your old password works until then.`), sentence(IGNORE)],
  }),
  'password-changed': ({ at, ip }) => ({
    subject: 'Your password was changed',
    blocks: [sentence('The password of your account was changed.'), facts(['When', moment(at)], ['From', withoutAddresses(ip)]), sentence('Withdrawals wait for a while after this.'), sentence(NOT_YOU)],
  }),
  'second-factor-changed': ({ change, at }) => ({
    subject: change === 'enabled' ? 'The second factor is on' : 'The second factor is off',
    blocks: [
      sentence(change === 'enabled' ? 'From now on signing in takes a code from your app.' : 'Signing in no longer takes a code: the password alone is enough.'),
      facts(['When', moment(at)]),
      sentence('Withdrawals wait for a while after this.'),
      sentence(NOT_YOU),
    ],
  }),
  'new-device': ({ device, ip, country, at, confirmUrl, denyUrl, minutes }) => ({
    subject: 'A new device signed in',
    blocks: [
      sentence('Somebody signed in to your account with a device that we had not seen before.'),
      facts(['Device', withoutAddresses(device)], ['From', country === null ? withoutAddresses(ip) : `${withoutAddresses(ip)}, ${withoutAddresses(country)}`], ['When', moment(at)]),
      ...(confirmUrl === null ? [sentence('If it was you, you need not do anything.')] : [sentence('If it was you, confirm the device. Until then nothing can be withdrawn with it.'), link('It was me', confirmUrl)]),
      sentence('If it was not you, say so: all sessions end at once, API keys made since then are revoked, and nobody signs in until you have set a new password.'),
      link('It was not me', denyUrl),
      sentence(`The link works for ${span(minutes)}, and once. ${NOT_YOU}`),
    ],
  }),
  reverify: ({ url, resetUrl, minutes }) => ({
    subject: url === null ? 'Set a new password' : 'Show that it is you',
    blocks:
      url === null
        ? [
            sentence('You told us that a device which signed in to your account was not yours. So somebody else knows your password, and nobody signs in with it any more. Somebody has just tried: whoever it was, set a new password.'),
            link('Set a new password', resetUrl),
            sentence(`The link works for ${span(minutes)}, and once.`),
          ]
        : [
            sentence('Something unusual happened in your account, so we have signed it out everywhere. Somebody has just signed in with your password. If it was you, show it with this link, and sign in again.'),
            link('It is me', url),
            sentence(`The link works for ${span(minutes)}, and once.`),
            sentence('If it was not you, somebody knows your password. Do not use the link above, and set a new password at once.'),
            link('Set a new password', resetUrl),
          ],
  }),
  'locked-out': ({ until, resetUrl }) => ({
    subject: 'Signing in is locked for a while',
    blocks: [
      sentence('Somebody tried too many wrong passwords for your account, so nobody can sign in to it for a while.'),
      facts(['Locked until', moment(until)]),
      sentence('If you forgot your password, set a new one; that ends the lock. If it was not you, your password has held.'),
      link('Set a new password', resetUrl),
    ],
  }),
  'api-key-created': ({ name, at }) => ({
    subject: 'A new API key was made',
    blocks: [sentence('An API key was made for your account. Programs that have it can do what it allows.'), facts(['Name', withoutAddresses(name)], ['When', moment(at)]), sentence('If this was not you, revoke the key, set a new password and sign all devices out.')],
  }),
  'withdrawal-confirm': ({ url, asset, amount, address, minutes }) => ({
    subject: 'Confirm your withdrawal',
    blocks: [
      sentence('You asked for a withdrawal. Compare the address with the one you meant, sign by sign: what is sent cannot be called back.'),
      facts(['Amount', `${withoutAddresses(amount)} ${withoutAddresses(asset)}`], ['To', withoutSchemes(address)]),
      link('Confirm this withdrawal', url),
      sentence(`The link works for ${span(minutes)}, and once. Without it nothing is sent.`),
      sentence('If you did not ask for this, do not open the link, and set a new password at once.'),
    ],
  }),
  alert: ({ kind, severity, description }) => ({
    subject: `Alert: ${withoutAddresses(kind)}, ${withoutAddresses(severity)}`,
    blocks: [
      sentence('Something has happened that somebody should look at.'),
      facts(['Kind', withoutAddresses(kind)], ['Severity', withoutAddresses(severity)], ['What', withoutAddresses(description)]),
      sentence('GET /api/risk/events names trader, market and evidence. Of one kind a mail comes at most every ten minutes.'),
    ],
  }),
};

export const MAIL_TEMPLATES = Object.keys(WORDS) as readonly MailTemplate[];

/**
 * @param publicUrl where all links lead
 * @throws Error when a link would lead elsewhere: that is a bug, and such a mail must not leave
 */
export function wordsOf(mail: Mail, publicUrl: string): MailContent {
  const words = WORDS[mail.template] as (data: Mail['data']) => MailContent;
  const { subject, blocks } = words(mail.data);
  for (const each of blocks) if (each.kind === 'link' && !leadsTo(publicUrl, each.url)) throw new Error(`A link of mail ${mail.template} leads elsewhere than to PUBLIC_URL`);
  return { subject, blocks: [...blocks, sentence(`${new URL(publicUrl).host} sent this mail. It never asks for your password or a code by mail.`)] };
}

function leadsTo(publicUrl: string, url: string): boolean {
  if (!URL.canParse(url)) return false;
  const [home, target] = [new URL(publicUrl), new URL(url)];
  return target.origin === home.origin && target.username === '' && target.password === '' && target.pathname.startsWith(home.pathname) && target.href === url;
}

/** One person, one address: what could be read as more than that is none. */
export function isMailAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s\p{C}\p{Z}"(),:;<>@[\\\]]{1,64}@[^\s\p{C}\p{Z}"(),:;<>@[\\\]]+$/u.test(text);
}

function span(minutes: number): string {
  if (minutes === 1) return '1 minute';
  if (minutes < 120) return `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return rest === 0 ? `${hours} hours` : `${hours} hours ${rest} minutes`;
}

const MOMENT = new Intl.DateTimeFormat('en-GB', { timeZone: 'UTC', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** We do not know the reader's zone, so the zone is said. */
const moment = (at: number): string => `${MOMENT.format(at)} UTC`;
