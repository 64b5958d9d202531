import { codeField, field, form, newPasswordField } from './form.ts';
import { button, focusOn, toast } from './parts.ts';
import type { Section } from './section.ts';
import type { Session } from './session.ts';

export function passwordSection(session: Session, { heading, place }: Section, hasSecondFactor: () => boolean): void {
  const drawClosed = () => place.replaceChildren(button('Change it …', 'plain', drawForm));
  const close = () => {
    drawClosed();
    focusOn(heading);
  };

  function drawForm(): void {
    const current = field({ name: 'current_password', label: 'Current password', type: 'password', autocomplete: 'current-password', maxLength: 128 });
    const wanted = newPasswordField('new_password', 'New password');
    const totp = hasSecondFactor() ? codeField('totp') : null;
    const send = () => {
      const body = { current_password: current.value(), new_password: wanted.value(), ...(totp && { totp: totp.value().replaceAll(' ', '') }) };
      return session.call({ method: 'POST', path: '/api/auth/change-password', body });
    };
    const done = () => {
      close();
      toast('Your password is changed. Everywhere else you are signed out.');
    };
    const { root } = form({ fields: [current, wanted, ...(totp ? [totp] : [])], button: 'Change the password', busy: 'Changing …', send, done });
    place.replaceChildren(root, button('Keep the old one', 'quiet', close));
    current.input.focus();
  }

  drawClosed();
}
