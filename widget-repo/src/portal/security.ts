import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { learnAccountWords } from './account-words.ts';
import { apiKeysSection } from './api-keys.ts';
import { devicesSection } from './devices.ts';
import { identitySection } from './identity.ts';
import { passwordSection } from './password.ts';
import { section, load, type Section } from './section.ts';
import { secondFactorSection } from './second-factor.ts';
import { sessionsSection } from './sessions.ts';
import { openSignedInPage, type Page } from './shell.ts';
import { type Need, withdrawalsSection } from './withdrawals.ts';

type Profile = components['schemas']['Profile'];
type Kyc = components['schemas']['Kyc'];

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

  /** What of the account more than one section asks for; null: not known yet. */
  const known: { secondFactor: boolean | null; kyc: Kyc | null } = { secondFactor: null, kyc: null };
  const hasSecondFactor = () => known.secondFactor === true;
  const { update } = withdrawalsSection(session, withdrawals, () => needsOf(known));
  const whenProfile = (profile: Profile) => {
    known.secondFactor = profile.second_factor;
    account.replaceChildren('Signed in as ', el('strong', {}, profile.email));
    secondFactorSection(session, secondFactor, profile.second_factor, (on) => {
      known.secondFactor = on;
      passwordSection(session, password, hasSecondFactor);
      sessionsSection(session, sessions);
      apiKeysSection(session, apiKeys, hasSecondFactor);
      update();
    });
    passwordSection(session, password, hasSecondFactor);
    apiKeysSection(session, apiKeys, hasSecondFactor);
    update();
  };
  void load<Profile>(session, secondFactor.place, { method: 'GET', path: '/api/auth/profile' }, whenProfile);
  identitySection(session, identity, (kyc) => {
    known.kyc = kyc;
    update();
  });
  sessionsSection(session, sessions);
  devicesSection(session, devices);
  // A link to one section finds it only now.
  document.getElementById(location.hash.slice(1))?.focus();
}

function needsOf({ secondFactor, kyc }: { readonly secondFactor: boolean | null; readonly kyc: Kyc | null }): readonly Need[] | null {
  if (secondFactor === null || kyc === null) return null;
  const isLookedAt = kyc.submission?.status === 'pending';
  return [
    ...(secondFactor ? [] : [{ words: 'Turn on the second factor', sectionId: 'second-factor' }]),
    ...(kyc.kyc_status === 'approved' ? [] : [{ words: isLookedAt ? 'Wait until our staff has looked at who you are' : 'Show who you are', sectionId: 'identity' }]),
  ];
}
