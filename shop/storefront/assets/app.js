import { placeOf } from './address.js';
import * as basket from './basket.js';
import { openBasket, startBasket } from './basket-view.js';
import { isBackForCheckout } from './checkout.js';
import { byId, toast } from './dom.js';
import { onNavigate } from './navigate.js';
import { leaveOrder, showOrder } from './order-view.js';
import { showOrders } from './orders-view.js';
import { showProduct } from './product-view.js';
import { showSearch, startSearch } from './search-view.js';
import { accessToken, canSignIn, finishSignIn, loadConfig, signIn, signOut } from './session.js';

const TITLES = {
  shop: 'Breakwater Shop',
  orders: 'Your orders · Breakwater Shop',
  order: 'Your order · Breakwater Shop',
};

let view;

/** Shows the view of the current address. */
function route() {
  leaveOrder();
  const place = placeOf(location);
  const hasChanged = view !== undefined && view !== place.view;
  view = place.view;
  for (const section of document.querySelectorAll('.view')) section.hidden = section.id !== `view-${view}`;
  const isOrders = view === 'orders' || view === 'order';
  const link = document.querySelector('[data-nav="orders"]');
  if (isOrders) link.setAttribute('aria-current', 'page');
  else link.removeAttribute('aria-current');
  if (TITLES[view]) document.title = view === 'shop' && place.q ? `${place.q} · Breakwater Shop` : TITLES[view];
  const session = byId('session');
  session.textContent = accessToken() ? 'Sign out' : 'Sign in';
  session.classList.toggle('unready', !canSignIn());
  if (hasChanged) {
    byId('main').focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  if (view === 'shop') void showSearch(place);
  if (view === 'product') void showProduct(place.sku);
  if (view === 'orders') void showOrders();
  if (view === 'order') void showOrder(place.orderId);
}

async function start() {
  byId('session').addEventListener('click', () => {
    if (!accessToken()) return void signIn().catch((error) => toast(error.message));
    basket.clear();
    signOut();
  });
  startSearch();
  startBasket();
  onNavigate(route);
  const isBack = new URLSearchParams(location.search).has('state');
  // The view is shown without waiting for the configuration, because products need no sign-in.
  // After a sign-in, the parameters in the address must be removed first.
  if (!isBack) route();
  await loadConfig();
  try {
    // This call comes first, because it also removes the mark of an abandoned sign-in.
    const isCheckout = isBackForCheckout();
    const hasSignedIn = await finishSignIn();
    route();
    if (hasSignedIn && isCheckout) openBasket();
  } catch (error) {
    route();
    toast(error.message);
  }
}

void start();
