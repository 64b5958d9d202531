import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { learnAccountWords } from './account-words.ts';
import { apiKeysSection } from './api-keys.ts';
import { devicesSection } from './devices.ts';
import { identitySection } from './identity.ts';
import { passwordSection } from './password.ts';
import { section, load, type Missing, type Section } from './section.ts';
import { secondFactorSection } from './second-factor.ts';
import { sessionsSection } from './sessions.ts';
import { openSignedInPage, type Page } from './shell.ts';
import { type Need, withdrawalsSection } from './withdrawals.ts';

type Profile = components['schemas']['Profile'];
type Kyc = components['schemas']['Kyc'];

/** What of the account more than one section asks for; null: not known yet. */
interface Known {
  secondFactor: boolean | null;
  kyc: Kyc | null;
  readonly missing: { profile: Missing | null; kyc: Missing | null };
}

learnAccountWords();
void openSignedInPage(draw);

function draw({ place, session }: Page): void {
  const account = el('p', { class: 'muted' });
  const sections: [string, Section][] = [
    ['Second factor', section('second-factor', 'Second factor', 'A code from your phone besides the password: who has only one of the two does not get in.')],
    ['Password', section('password', 'Password', 'Changing it signs you out everywhere else, and withdrawals wait for a while.')],
    ['Identity', section('identity', 'Identity', 'Who you are, shown once. Withdrawals wait for it.')],
    ['Where you are signed in', section('sessions', 'Where you are signed in', 'End what you do not recognise, then change your password.')],
    ['Devices', section('devices', 'Devices', 'The devices that your account knows. A new one is told of by mail.')],
    ['API keys', section('api-keys', 'API keys', 'For programs that trade or read in your name.')],
    ['Withdrawals', section('withdrawals', 'Withdrawals', 'What is to leave your account, and how far it is.')],
  ];
  const [secondFactor, password, identity, sessions, devices, apiKeys, withdrawals] = sections.map(([, each]) => each) as [Section, Section, Section, Section, Section, Section, Section];
  const contents = el('ul', { class: 'contents' }, ...sections.map(([label, { heading }]) => el('li', {}, el('a', { href: `#${heading.id}` }, label))));
  place.replaceChildren(account, el('nav', { 'aria-label': 'On this page' }, contents), ...sections.map(([, { root }]) => root));

  const known: Known = { secondFactor: null, kyc: null, missing: { profile: null, kyc: null } };
  const hasSecondFactor = () => known.secondFactor === true;
  const { update, loaded } = withdrawalsSection(session, withdrawals, () => needsOf(known));
  const missed = (part: keyof Known['missing']) => (missing: Missing | null) => {
    known.missing[part] = missing;
    update();
  };
  const whenProfile = (profile: Profile) => {
    known.secondFactor = profile.second_factor;
    account.replaceChildren('Signed in as ', el('strong', {}, profile.email));
    secondFactorSection(session, secondFactor, profile.second_factor, (on) => {
      known.secondFactor = on;
      passwordSection(session, password, hasSecondFactor);
      void sessionsSection(session, sessions);
      void apiKeysSection(session, apiKeys, hasSecondFactor);
      update();
    });
    passwordSection(session, password, hasSecondFactor);
    update();
    return apiKeysSection(session, apiKeys, hasSecondFactor);
  };
  const whenKyc = (kyc: Kyc) => {
    known.kyc = kyc;
    update();
  };
  void followLink([
    load<Profile>(session, [secondFactor.place, password.place, apiKeys.place], { method: 'GET', path: '/api/auth/profile' }, whenProfile, missed('profile')),
    identitySection(session, identity, whenKyc, missed('kyc')), sessionsSection(session, sessions), devicesSection(session, devices), loaded,
  ]);
}

/** A link to one section is followed when what stands above it is there, unless its reader has gone somewhere meanwhile. */
async function followLink(loads: readonly Promise<void>[]): Promise<void> {
  const heading = document.getElementById(location.hash.slice(1));
  const [focused, top] = [document.activeElement, scrollY];
  await Promise.all(loads);
  if (!heading || document.activeElement !== focused || scrollY !== top) return;
  heading.focus({ preventScroll: true });
  heading.scrollIntoView();
}

function needsOf({ secondFactor, kyc, missing }: Known): readonly Need[] | Missing | null {
  if (secondFactor === null || kyc === null) return togetherOf(Object.values(missing).filter((each) => each !== null));
  const isLookedAt = kyc.submission?.status === 'pending';
  return [
    ...(secondFactor ? [] : [{ words: 'Turn on the second factor', sectionId: 'second-factor' }]),
    ...(kyc.kyc_status === 'approved' ? [] : [{ words: isLookedAt ? 'Wait until our staff has looked at who you are' : 'Show who you are', sectionId: 'identity' }]),
  ];
}

function togetherOf(missing: readonly Missing[]): Missing | null {
  const [first] = missing;
  return first ? { trouble: first.trouble, again: () => missing.forEach(({ again }) => again()) } : null;
}
