import { App, NestedStack, Stack, Stage } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { noteReference } from '../../lib/stacks';

const ENV = { account: '111111111111', region: 'us-east-1' };
const thing = (scope: Stack, id = 'Thing') => new Bucket(scope, id);

function refer(user: Bucket, used: Bucket): void {
  noteReference(user, 'grantee', user, used);
}

describe('stacks that need each other', () => {
  test('are refused at the reference that closes the circle, with every step of it', () => {
    const app = new App();
    const [a, b, c] = ['A', 'B', 'C'].map((id) => thing(new Stack(app, id, { env: ENV })));
    refer(a!, b!);
    refer(b!, c!);
    expect(() => refer(c!, a!)).toThrow(
      "C/Thing: grantee must not make stacks need each other, got 'C/Thing', which needs 'A/Thing', although 'A/Thing' needs 'B/Thing' and 'B/Thing' needs 'C/Thing': put",
    );
    expect(() => refer(a!, c!)).not.toThrow();
  });

  test('are refused as siblings in a nested stack, at any depth, though CloudFormation would say so only when it deploys', () => {
    const parent = new Stack(new App(), 'Parent', { env: ENV });
    const [one, two] = [new NestedStack(parent, 'One'), new NestedStack(parent, 'Two')];
    const [a, b] = [thing(new NestedStack(one, 'Deep')), thing(two)];
    refer(a, b);
    expect(() => refer(thing(two, 'Other'), thing(one, 'Third'))).toThrow(/must not make stacks need each other/);
  });

  test('are fine as a nested stack and its parent, which exchange parameters and outputs', () => {
    const parent = new Stack(new App(), 'Parent', { env: ENV });
    const [a, b] = [thing(parent), thing(new NestedStack(parent, 'Inside'))];
    refer(a, b);
    expect(() => refer(b, a)).not.toThrow();
  });

  test('in one stack nothing is noted', () => {
    const stack = new Stack(new App(), 'A');
    const [a, b] = [thing(stack, 'One'), thing(stack, 'Two')];
    refer(a, b);
    expect(() => refer(b, a)).not.toThrow();
  });
});

describe('a reference to another environment is refused, with both', () => {
  test.each([
    ['Region', { ...ENV, region: 'eu-west-1' }, '111111111111/eu-west-1 for'],
    ['account', { ...ENV, account: '222222222222' }, '222222222222/us-east-1 for'],
    ['an unknown one', undefined, 'unknown-account/unknown-region for'],
  ])('%s', (_name, env, got) => {
    const app = new App();
    const [user, used] = [thing(new Stack(app, 'A', { env })), thing(new Stack(app, 'B', { env: ENV }))];
    expect(() => refer(user, used)).toThrow(
      `A/Thing: grantee must be in one account and Region, got 'A/Thing' in ${got}`,
    );
  });

  test('stage', () => {
    const app = new App();
    const [beta, gamma] = ['Beta', 'Gamma'].map((id) => thing(new Stack(new Stage(app, id), 'Shop', { env: ENV })));
    expect(() => refer(beta!, gamma!)).toThrow(/must be in one stage/);
  });
});
