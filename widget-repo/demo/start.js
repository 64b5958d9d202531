// The shortest page there is: the trader is named in the address, and the page's session comes from its own server.
const { apiUrl } = await (await fetch('/demo-config.json')).json();
const query = new URLSearchParams(location.search);

window.widget = window.OurWidget.init({
  container: '#our-widget-container',
  exchangeId: query.get('exchange') ?? 'demo-exchange',
  exchangeUserId: query.get('user'),
  apiUrl,
  getSession: async () => {
    const session = await fetch(`${apiUrl}/api/account/widget-session`, { headers: { Authorization: `Bearer ${query.get('access')}` } });
    return session.ok ? (await session.json()).data : null;
  },
});
