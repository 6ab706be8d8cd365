import type { Browser } from 'playwright-core';
import type { LocalApp } from '../../local/local-app';
import { DESKTOP, openPage, PHONE, startBrowser, violationsOf } from './browser';

const TIMEOUT = 60_000;

/** Tests of the page that shows what happens, in a headless Chromium. Somebody has bought something before. */
export function testLivePage(running: () => LocalApp): void {
  let browser: Browser;

  beforeAll(async () => {
    browser = await startBrowser();
  }, TIMEOUT);
  afterAll(() => browser?.close());

  describe('the page beside the app', () => {
    test(
      'shows queues, shards, functions, requests, and the way of an order from its request to the mail',
      async () => {
        const { page, errors } = await openPage(browser);
        await page.goto(await running().openPage());
        const chain = page
          .locator('.chain', { hasText: 'POST /checkout 201' })
          .filter({ hasText: 'Mail: done' })
          .first();
        await chain.waitFor();
        // A worker's line may be written after its message has been relayed, so the steps may overlap.
        const steps = (await chain.locator('.step').allTextContents()).filter((step) => !step.includes('delivery'));
        expect(steps[0]).toBe('Checkout: POST /checkout 201');
        expect(steps.slice(1).sort()).toEqual([
          'Invoices: done',
          'Mail: done',
          'Payments: done',
          'queue of Invoices',
          'queue of Mail',
          'queue of Payments',
        ]);
        expect(await page.locator('#queues th[scope="row"]').allTextContents()).toContain('Shop/Payments/Queue');
        expect(await page.locator('#tables tr', { hasText: 'Shard3' }).locator('.number').textContent()).toMatch(
          /^\d+$/,
        );
        expect(
          await page.locator('#modules tr', { hasText: 'Checkout' }).locator('.number').first().textContent(),
        ).not.toBe('0');
        await page.locator('#requests tr', { hasText: 'POST /checkout' }).getByText('Messages').first().click();
        expect(await page.locator('.chain').count()).toBe(1);
        expect(errors).toEqual([]);
      },
      TIMEOUT,
    );

    test(
      'holds back paths and values until somebody asks, and is no page for a caller without its token',
      async () => {
        const { page } = await openPage(browser);
        const address = await running().openPage();
        await page.goto(address);
        await page.click('button[aria-label="items of Shop/Orders Shard0"]');
        await page.waitForSelector('#items li');
        expect(await page.textContent('#items')).toMatch(/customerId: S/);
        expect(await page.textContent('body')).not.toMatch(/536\d{3}|\/orders\/W-/);
        await page.check('#values');
        await page.click('button[aria-label="items of Shop/Orders Shard0"]');
        await page.waitForSelector('#items li:has-text("536")');
        const [bare] = address.split('#');
        await page.goto('about:blank');
        await page.goto(bare!);
        await page.waitForSelector('#summary:has-text("Open the address that the terminal shows")');
        expect(await page.locator('table').count()).toBe(0);
      },
      TIMEOUT,
    );

    test.each([
      ['a desktop', DESKTOP],
      ['a phone', PHONE],
    ])(
      'meets WCAG AA on %s',
      async (_, viewport) => {
        const { page } = await openPage(browser, viewport);
        await page.goto(await running().openPage());
        await page.waitForSelector('.chain');
        expect(await violationsOf(page)).toEqual([]);
      },
      TIMEOUT,
    );
  });
}
