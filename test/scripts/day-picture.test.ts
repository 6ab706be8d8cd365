import { readFileSync } from 'node:fs';
import { dayPicture, PICTURE } from '../../scripts/day-picture-of-shop';

const CSV = readFileSync('shop/data/online-retail-2010-12-01.csv', 'utf8');

test("README's picture is drawn from the file of the day", () => {
  expect(readFileSync(PICTURE, 'utf8')).toBe(dayPicture(CSV));
});

test('has a dot for each order, hollow for a refund, and stands still for who wants that', () => {
  const picture = dayPicture(CSV);
  expect(picture.match(/<circle class="d"/g)).toHaveLength(127);
  expect(picture.match(/<circle class="d r"/g)).toHaveLength(6);
  expect(picture).toContain('prefers-reduced-motion');
  expect(picture).toMatch(/18:00 {2}133 orders, £[\d,]+\.\d\d</);
});
