import { orderIdOf } from './address.js';
import { resumeCheckout, startBasket } from './basket-view.js';
import { byId, toast } from './dom.js';
import { leaveOrders, showOrder, showOrders } from './orders-view.js';
import { accessToken, canSignIn, finishSignIn, loadConfig, signIn, signOut } from './session.js';
import { startShop } from './shop-view.js';

const VIEWS = ['shop', 'orders', 'order'];

/** Shows what the address asks for: `#/`, `#/orders` or `#/orders/<id>`. */
function route() {
  leaveOrders();
  const orderId = orderIdOf(location.hash);
  const view = orderId ? 'order' : location.hash === '#/orders' ? 'orders' : 'shop';
  for (const name of VIEWS) byId(`view-${name}`).hidden = name !== view;
  const link = document.querySelector('[data-nav="orders"]');
  if (view === 'shop') link.removeAttribute('aria-current');
  else link.setAttribute('aria-current', 'page');
  document.title = view === 'shop' ? 'Breakwater Shop' : 'Your orders · Breakwater Shop';
  byId('sign-in').hidden = Boolean(accessToken()) || !canSignIn();
  byId('sign-out').hidden = !accessToken();
  if (view === 'orders') void showOrders();
  if (view === 'order') void showOrder(orderId);
}

async function start() {
  byId('sign-in').addEventListener('click', () => signIn().catch((error) => toast(error.message)));
  byId('sign-out').addEventListener('click', signOut);
  startShop();
  startBasket();
  await loadConfig();
  try {
    const back = await finishSignIn();
    if (back !== undefined) resumeCheckout();
  } catch (error) {
    toast(error.message);
  }
  addEventListener('hashchange', () => {
    route();
    byId('main').focus({ preventScroll: true });
    scrollTo(0, 0);
  });
  route();
}

void start();
