// What stands in the order book's place while there is none: words, not a table of nothing, and nothing moves when prices come and go.
import { expect, jest, test } from '@jest/globals';
import { refused, routes } from '../support/mock-api.ts';
import { bookAnswer, configAnswer } from '../support/samples.ts';
import { PLAIN_PATH, ready, type Stage, visit, withStage } from '../support/stage.ts';

jest.setTimeout(20_000);

let stage: Stage;
withStage((opened) => (stage = opened));

test.each([320, 1024])('an exchange without an order book says so in place of it, at %d px', async (width) => {
  stage.api.on(routes.config, { status: 200, body: configAnswer(stage.api.url, { orderbookUrl: null }) });
  const { page, widget } = await visit(stage, { path: PLAIN_PATH, width });
  await widget.getByText('Northlight shows no prices here.', { exact: true }).waitFor();
  expect(await widget.getByRole('table').count()).toBe(0);
  expect(await widget.locator('.feed').getAttribute('title')).toBe('No prices from the exchange');
  // A field for the ticket: what it needs for itself, and no empty column beside it.
  const { book, ticket } = await page.evaluate(() => {
    const root = document.querySelector('[data-our-widget]')!.shadowRoot!;
    const boxOf = (name: string) => root.querySelector(name)!.getBoundingClientRect();
    return { book: boxOf('.book'), ticket: boxOf('.left') };
  });
  expect(book.height).toBeLessThan(64);
  expect([book.top >= ticket.bottom, book.width]).toEqual([true, ticket.width]);
});

test('prices that do not come are said in place of the book, and nothing moves when they do', async () => {
  stage.api.on(routes.book, refused(503, 'UNAVAILABLE'));
  const trip = await visit(stage, { path: PLAIN_PATH, width: 320 });
  await trip.widget.locator('.widget[data-stage=ready] .book').waitFor();
  const height = () => trip.widget.locator('.book').evaluate((each) => each.getBoundingClientRect().height);
  const whileWaiting = await height();
  await trip.widget.getByText('No prices from Northlight right now.', { exact: true }).waitFor();
  expect([await trip.widget.locator('caption').textContent(), await height(), await trip.widget.getByRole('cell').count()]).toEqual(['Order book', whileWaiting, 0]);

  stage.api.on(routes.book, () => ({ status: 200, body: { success: true, data: bookAnswer('BTCUSDT') } }));
  await ready(trip);
  expect([await trip.widget.getByText('No prices from').count(), await height()]).toEqual([0, whileWaiting]);
  expect(await trip.widget.getByRole('cell').count()).toBeGreaterThan(10);

  // The last prices stay, and are called old.
  stage.api.on(routes.book, refused(503, 'UNAVAILABLE'));
  await trip.widget.getByText('Order book · not up to date').waitFor();
  expect([await trip.widget.getByText('No prices from').count(), await height()]).toEqual([0, whileWaiting]);
});
