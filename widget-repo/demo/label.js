const widget = OurWidget.init({
  container: '#our-widget-container',
  exchangeId: 'blofin-exchange-prod', // Public identifier for the exchange
  exchangeUserId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479'
});

const story = document.querySelector('#story-so-far');
let tokens = 0;
widget.on('order', ({ code, phase }) => {
  // Only an order that has its token gets as far as looking for a place to go.
  if (code === 'ENDPOINT_MISSING') story.textContent = `Tokens issued to this page: ${(tokens += 1)}. This demo partner has no exchange behind it, so no order was sent.`;
  else if (code) story.textContent = `No token was issued: ${code}.`;
  else if (phase === 'asking') story.textContent = 'Asking for a token.';
});
