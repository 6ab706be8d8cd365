import { CAPACITY, resourceIdOf } from '../../lib/protocol';

test('an alias has the resource id that Application Auto Scaling gives it', () => {
  expect(resourceIdOf({ functionName: 'shop-checkout', aliasName: 'live' })).toBe('function:shop-checkout:live');
});

test('the name of the custom resource’s type is valid in CloudFormation', () => {
  expect(CAPACITY.resourceType).toMatch(/^Custom::[A-Za-z0-9_@-]{1,52}$/);
});
