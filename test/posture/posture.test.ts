import { findingsOf } from './rules';
import { propertyNamesOf, settingsOf } from './settings';
import { rightsOf } from './statements';
import { shopTemplate } from './template';

/**
 * The posture of the shop in production. A change of these snapshots is a change of who may do what, or of a
 * setting that protects something: review each line before `npx jest test/posture -u`.
 */
const template = shopTemplate();

test('no rule finds anything', () => {
  expect(findingsOf(template)).toEqual([]);
});

test('every right: who, what, on what, if', () => {
  expect(rightsOf(template)).toMatchSnapshot();
});

test('names of properties, by type', () => {
  expect(propertyNamesOf(template)).toMatchSnapshot();
});

test('settings', () => {
  expect(settingsOf(template)).toMatchSnapshot();
});
