import type { components } from '../generated/api.ts';
import { el } from '../view/dom.ts';
import { apiKeysSection } from './api-keys.ts';
import { identitySection } from './identity.ts';
import { passwordSection } from './password.ts';
import { section, load, type Section } from './section.ts';
import { secondFactorSection } from './second-factor.ts';
import { sessionsSection } from './sessions.ts';
import { openSignedInPage, type Page } from './shell.ts';
import { withdrawalsSection } from './withdrawals.ts';

type Profile = components['schemas']['Profile'];

void openSignedInPage(draw);

function draw({ place, session }: Page): void {
  const account = el('p', { class: 'muted' });
  const sections: [string, Section][] = [
    ['Second factor', section('second-factor', 'Second factor', 'A code from your phone besides the password: who has only one of the two does not get in.')],
    ['Password', section('password', 'Password', 'Changing it signs you out everywhere else.')],
    ['Identity', section('identity', 'Identity', 'Who you are, shown once. Withdrawals wait for it.')],
    ['Where you are signed in', section('sessions', 'Where you are signed in', 'End what you do not recognise, then change your password.')],
    ['API keys', section('api-keys', 'API keys', 'For programs that trade or read in your name.')],
    ['Withdrawals', section('withdrawals', 'Withdrawals', 'What you asked for, and how far it is.')],
  ];
  const [secondFactor, password, identity, sessions, apiKeys, withdrawals] = sections.map(([, each]) => each) as [Section, Section, Section, Section, Section, Section];
  const contents = el('ul', { class: 'contents' }, ...sections.map(([label, { heading }]) => el('li', {}, el('a', { href: `#${heading.id}` }, label))));
  place.replaceChildren(account, el('nav', { 'aria-label': 'On this page' }, contents), ...sections.map(([, { root }]) => root));

  const profileNow = { second_factor: false };
  const hasSecondFactor = () => profileNow.second_factor;
  const whenProfile = (profile: Profile) => {
    profileNow.second_factor = profile.second_factor;
    account.replaceChildren('Signed in as ', el('strong', {}, profile.email));
    secondFactorSection(session, secondFactor, profile.second_factor, (on) => {
      profileNow.second_factor = on;
      passwordSection(session, password, hasSecondFactor);
      sessionsSection(session, sessions);
      apiKeysSection(session, apiKeys, hasSecondFactor);
    });
    passwordSection(session, password, hasSecondFactor);
    apiKeysSection(session, apiKeys, hasSecondFactor);
  };
  void load<Profile>(session, secondFactor.place, { method: 'GET', path: '/api/auth/profile' }, whenProfile);
  identitySection(session, identity);
  sessionsSection(session, sessions);
  withdrawalsSection(session, withdrawals);
}
