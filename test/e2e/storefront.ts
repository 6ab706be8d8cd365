import type { Browser, Page } from 'playwright-core';
import type { RunningShop } from '../../shop/running-shop';
import { DESKTOP, layoutShift, openPage, PHONE, startBrowser, violationsOf } from './browser';
import { honest } from './hostile';

/** Largest layout shift that counts as good is 0.1 (web.dev); the storefront must stay well below. */
const MAX_SHIFT = 0.05;
const TIMEOUT = 90_000;

/** Tests of the storefront in a headless Chromium, against a running shop whose catalogue is filled. */
export function testStorefront(running: () => RunningShop): void {
  let browser: Browser;
  const open = async (viewport = DESKTOP) => {
    const opened = await openPage(browser, viewport);
    const { edgeUrl } = running();
    return { ...opened, go: (address: string) => opened.page.goto(`${edgeUrl}${address}`) };
  };

  beforeAll(async () => {
    browser = await startBrowser();
  }, TIMEOUT);
  afterAll(() => browser?.close());

  describe('the storefront', () => {
    test(
      'has its state in the address: search, page and product survive back and reload',
      async () => {
        const { page, go, errors } = await open();
        await go('/');
        await page.fill('#q', 'bag');
        await page.press('#q', 'Enter');
        await page.waitForURL(/\?q=bag$/);
        await loaded(page);
        await page.click('#page-on');
        await page.waitForURL(/page=2/);
        await loaded(page);
        const names = await productNames(page);
        await page.click('#results .card a >> nth=0');
        await page.waitForURL(/\?product=/);
        await page.waitForSelector('#product h1');
        expect(await page.textContent('#product h1')).toBe(names[0]);
        await page.reload();
        await page.waitForSelector('#product .price');
        expect(await page.textContent('#product h1')).toBe(names[0]);
        await page.goBack();
        await loaded(page);
        expect(await productNames(page)).toEqual(names);
        await page.reload();
        await loaded(page);
        expect({ names: await productNames(page), q: await page.inputValue('#q') }).toEqual({ names, q: 'bag' });
        await page.goBack();
        await page.waitForFunction(() => document.getElementById('page-now')?.textContent?.startsWith('Page 1 '));
        expect(errors).toEqual([]);
      },
      TIMEOUT,
    );

    test(
      'keeps the text that a person types while the sign-in loads',
      async () => {
        const { page, go } = await open();
        let answer: (() => void) | undefined;
        await page.route('**/config.json', async (route) => {
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
          await route.continue();
        });
        await go('/');
        await loaded(page);
        expect(await page.getAttribute('#session', 'class')).toContain('unready');
        // A search of one letter isn't sent before Enter is pressed.
        await page.fill('#q', 't');
        answer?.();
        await page.waitForSelector('#session:not(.unready)');
        expect(await page.inputValue('#q')).toBe('t');
      },
      TIMEOUT,
    );

    test(
      'finds the singular of a plural, and says so where there is nothing',
      async () => {
        const { page, go } = await open();
        await go('/?q=lanterns');
        await loaded(page);
        expect((await productNames(page)).some((name) => /lantern\b/i.test(name))).toBe(true);
        await go('/?q=xyzzy');
        expect(await page.textContent('#results .notice')).toContain('Nothing by that name');
      },
      TIMEOUT,
    );

    test.each([
      ['desktop', DESKTOP],
      ['phone', PHONE],
    ])(
      'on a %s: meets WCAG A and AA on each page, moves nothing in sight, and never scrolls sideways',
      async (_, viewport) => {
        const { page, go, errors } = await open(viewport);
        const found: Record<string, string[]> = {};
        const look = async (name: string): Promise<void> => {
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          const header = await page.evaluate(() => document.querySelector<HTMLElement>('.top')?.offsetHeight ?? 0);
          found[name] = [
            ...(await violationsOf(page)),
            ...(wide > 0 ? [`wider than the screen by ${wide} px`] : []),
            ...(header > 72 ? [`header of ${header} px`] : []),
            ...((await layoutShift(page)) > MAX_SHIFT ? [`layout shift ${await layoutShift(page)}`] : []),
          ];
        };
        await go('/');
        await loaded(page);
        await look('window');
        await go('/?q=lantern');
        await loaded(page);
        await look('search');
        await page.click('#results .card button >> nth=0');
        await page.click('#open-basket');
        await look('basket');
        await page.keyboard.press('Escape');
        await go('/?product=22423');
        await page.waitForSelector('#product .price');
        await look('product');
        await go('/#/orders');
        await page.waitForSelector('#orders .notice');
        await look('orders, signed out');
        await go('/about/');
        await look('about us');
        await signIn(page, running());
        await showOrder(page, 'complete');
        await look('order');
        await showOrder(page, 'failed');
        await look('failed order');
        await page.goto(`${running().edgeUrl}/#/orders`);
        await page.waitForSelector('#orders > *');
        await look('orders');
        expect(found).toEqual(Object.fromEntries(Object.keys(found).map((name) => [name, []])));
        expect(errors).toEqual([]);
        const response = await go('/nowhere.html');
        expect({ status: response?.status(), faults: await violationsOf(page) }).toEqual({ status: 404, faults: [] });
      },
      TIMEOUT,
    );

    test(
      'works by keyboard alone, and keeps the focus in basket and pager',
      async () => {
        const { page, go } = await open();
        await go('/?q=bag');
        await loaded(page);
        const focused = () =>
          page.evaluate(() => document.activeElement?.id || document.activeElement?.ariaLabel || '');
        await page.keyboard.press('Tab');
        await page.keyboard.press('Enter');
        expect(await focused()).toBe('main');
        await page.focus('#page-on');
        await page.keyboard.press('Enter');
        await page.waitForURL(/page=2/);
        await loaded(page);
        expect(await focused()).toBe('page-on');
        await page.focus('#results .card button >> nth=0');
        await page.keyboard.press('Enter');
        await page.focus('#open-basket');
        await page.keyboard.press('Enter');
        await page.focus('#basket-lines button >> nth=1');
        const more = await focused();
        expect(more).toMatch(/^One .* more$/);
        await page.keyboard.press('Enter');
        expect({ focus: await focused(), count: await page.textContent('#basket-count') }).toEqual({
          focus: more,
          count: '2',
        });
        await page.keyboard.press('Shift+Tab');
        await page.keyboard.press('Enter');
        await page.keyboard.press('Enter');
        expect({ focus: await focused(), count: await page.textContent('#basket-count') }).toEqual({
          focus: 'close-basket',
          count: '0',
        });
        await page.keyboard.press('Escape');
        expect(await focused()).toBe('open-basket');
      },
      TIMEOUT,
    );

    test(
      'never shows old products under a new search, and says what went wrong',
      async () => {
        const { page, go } = await open();
        await go('/?q=lantern');
        await loaded(page);
        let answer: (() => void) | undefined;
        await page.route('**/search?*', async (route) => {
          await new Promise<void>((resolve) => {
            answer = resolve;
          });
          await route.fulfill({ status: 200, contentType: 'text/html', body: '<html>proxy</html>' });
        });
        await page.fill('#q', 'teapot');
        await page.press('#q', 'Enter');
        await page.waitForURL(/q=teapot/);
        expect({ title: await page.textContent('#results-title'), names: await productNames(page) }).toEqual({
          title: '“teapot”',
          names: [],
        });
        answer?.();
        await page.waitForSelector('#results .error');
        expect(await page.textContent('#results .error p')).toMatch(/^Something went wrong on our side/);
        await page.unroute('**/search?*');
        await page.click('#results .error button');
        await loaded(page);
        expect((await productNames(page)).length).toBeGreaterThan(0);
      },
      TIMEOUT,
    );

    test(
      'leads from a page that is not there to the last one, and turns the pages of the window',
      async () => {
        const { page, go } = await open();
        await go('/?q=bag&page=99');
        await page.click('#results .notice a');
        await loaded(page);
        expect(await page.textContent('#page-now')).toMatch(/^Page (\d+) of \1$/);
        await go('/');
        await loaded(page);
        await page.click('#page-on');
        await page.waitForURL(/\?page=2$/);
        await loaded(page);
        expect(await page.textContent('#page-now')).toMatch(/^Page 2 of/);
      },
      TIMEOUT,
    );

    test(
      "shows no stranger's sentence, and signs nobody in by a link",
      async () => {
        const { page, go } = await open();
        await go('/');
        // A sign-in for the checkout that was given up leaves no mark.
        await page.evaluate(() => sessionStorage.setItem('breakwater.checking-out', 'yes'));
        await go('/?error=access_denied&error_description=Call+0900+123&state=mine');
        await loaded(page);
        expect(await page.textContent('body')).not.toContain('0900');
        expect(await page.evaluate(() => sessionStorage.getItem('breakwater.checking-out'))).toBeNull();
        await go('/?code=stolen&state=mine');
        await loaded(page);
        expect({ url: page.url(), button: await page.textContent('#session') }).toEqual({
          url: `${running().edgeUrl}/`,
          button: 'Sign in',
        });
      },
      TIMEOUT,
    );

    test(
      'a person signs in to check out, is asked again when a price has changed, and sees the order through',
      async () => {
        const { page, go, errors } = await open();
        await go('/?product=22423');
        await page.click('#product .button');
        const shown = (await page.textContent('#product .price')) ?? '';
        await setPrice(running(), '22423', '25.50');
        await page.click('#open-basket');
        await page.click('#checkout');
        await enterPassword(page, running());
        await page.waitForSelector('#basket[open]');
        await page.click('#checkout');
        await page.waitForSelector('#checkout-error:not([hidden])');
        const asked = await page.textContent('#checkout-error');
        expect(asked).toContain(`£25.50, was ${shown}`);
        expect(asked).toContain('Nothing is ordered yet');
        expect(await page.textContent('#basket-total')).toBe('£25.50');
        await page.click('#checkout');
        await page.waitForURL(/#\/orders\/W-/);
        await page.waitForSelector('text=Download invoice', { timeout: 60_000 });
        expect(await page.textContent('.order tfoot .number')).toBe('£25.50');
        await page.reload();
        await page.waitForFunction(() =>
          /is on its way to you/.test(document.querySelector('.order-status')?.textContent ?? ''),
        );
        expect(await page.textContent('#basket-count')).toBe('0');
        // The refusal with 409 is expected.
        expect(errors.filter((error) => !/409/.test(error))).toEqual([]);

        await go('/?product=22423');
        await page.click('#product .button');
        await page.click('#session');
        await page.waitForURL((url) => url.origin === running().edgeUrl && url.search === '');
        await loaded(page);
        expect({ pieces: await page.textContent('#basket-count'), button: await page.textContent('#session') }).toEqual(
          {
            pieces: '0',
            button: 'Sign in',
          },
        );
      },
      TIMEOUT,
    );

    test(
      'goes on looking for an order that takes long, through an answer that fails',
      async () => {
        const { page, go } = await open();
        await go('/');
        await signIn(page, running());
        const answers: [number, object][] = [
          [200, orderOf('placed')],
          [503, {}],
          [200, orderOf('paid')],
          [200, orderOf('complete')],
        ];
        await page.route('**/orders/W-1', (route) => {
          const [status, body] = answers.length > 1 ? answers.shift()! : answers[0]!;
          return route.fulfill({ status, contentType: 'application/json', body: JSON.stringify(body) });
        });
        await page.goto(`${running().edgeUrl}/#/orders/W-1`);
        const says = (text: string) => page.waitForSelector(`.order-status:has-text("${text}")`);
        await says('waiting for the payment');
        await says('keep trying');
        await says('making the invoice');
        await says('on its way to you');
      },
      TIMEOUT,
    );
  });
}

/** Waits until a search is answered. */
const loaded = (page: Page): Promise<unknown> => page.waitForSelector('#results:not([aria-busy]) > .card');

const productNames = (page: Page): Promise<string[]> => page.locator('#results .card h3').allTextContents();

async function signIn(page: Page, shop: RunningShop): Promise<void> {
  await page.goto(`${shop.edgeUrl}/`);
  await page.click('#session:not(.unready)');
  await enterPassword(page, shop);
  await page.waitForSelector('#session:has-text("Sign out")');
}

/** Fills in the sign-in page of the emulator. */
async function enterPassword(page: Page, { customer }: RunningShop): Promise<void> {
  await page.fill('input[name="username"]', customer.username);
  await page.fill('input[name="password"]', customer.password);
  await page.press('input[name="password"]', 'Enter');
}

const orderOf = (status: string) => ({
  orderId: 'W-1',
  kind: 'sale',
  status,
  placedAt: '2026-11-30T10:00:00Z',
  total: '5.10',
  lines: [{ sku: '22423', description: 'REGENCY CAKESTAND 3 TIER', quantity: 2, unitPrice: '2.55', amount: '5.10' }],
  ...(status === 'complete' ? { invoice: '/orders/W-1/invoice', mail: 'sent' } : {}),
});

/** Shows a made-up order with a status. */
async function showOrder(page: Page, status: string): Promise<void> {
  await page.unrouteAll();
  await page.route('**/orders/W-1', (route) =>
    route.fulfill({ contentType: 'application/json', body: JSON.stringify(orderOf(status)) }),
  );
  // Another query loads the page anew.
  await page.goto(`${new URL(page.url()).origin}/?${status}#/orders/W-1`);
  await page.waitForSelector('.order .number');
}

/** Changes a price as the point of sale. The edge goes on showing the old one from its cache. */
async function setPrice({ edgeUrl, tokenFor }: RunningShop, sku: string, price: string): Promise<void> {
  const product = (await (await fetch(`${edgeUrl}/products/${sku}`)).json()) as { description: string };
  const body = JSON.stringify({ products: [{ sku, description: product.description, price }] });
  const headers = honest(await tokenFor('point-of-sale'), body);
  const answer = await fetch(`${edgeUrl}/catalogue`, { method: 'POST', headers, body });
  expect(answer.status).toBe(200);
}
