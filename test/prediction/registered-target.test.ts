import { App, Stack, Stage } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AliasedFunction, Scaling } from '../../lib/functions';
import { FloorController, PredictiveScaling } from '../../lib/prediction';
import { CAPACITY } from '../../lib/protocol';
import { handler } from './fixtures';

interface Resource {
  readonly Type: string;
  readonly Properties: Record<string, unknown>;
  readonly DependsOn?: string[];
}
interface Statement {
  readonly Action: string | string[];
  readonly Resource: unknown;
}
type Resources = Record<string, Resource>;

/** What CloudFormation gets for a stack with forecasts of some functions, each by who asks for it. */
function deployed(targets: Record<string, string>): Resources {
  const stack = new Stack(new App({ context: {} }), 'Shop');
  for (const [ahead, id] of Object.entries(targets)) forecast(stack, ahead, id);
  return Template.fromStack(stack).toJSON()['Resources'] as Resources;
}

function forecast(stack: Stack, ahead: string, id: string): PredictiveScaling {
  const scaling = Scaling.provisioned({ min: 2, max: 50 });
  return new PredictiveScaling(stack, ahead, { target: new AliasedFunction(stack, id, { handler, scaling }) });
}

const ofType = (resources: Resources, type: string) =>
  Object.entries(resources).filter(([, { Type }]) => Type === type);
const registrations = (resources: Resources) => ofType(resources, CAPACITY.resourceType).map(([id]) => id);
const documentOf = ({ Properties }: Resource) => Properties['PolicyDocument'] as { Statement: Statement[] };

/** Policies by which the floor controller may do something to an alias, with what they allow on it. */
function rightsTo(id: string, resources: Resources): Record<string, string[]> {
  const names = new RegExp(`"(Ref|Fn::GetAtt)":\\[?"${id}(Function|Live)[0-9A-F]{8}"`);
  const found = ofType(resources, 'AWS::IAM::Policy').map(([policy, resource]) => {
    const statements = documentOf(resource).Statement.filter((one) => names.test(JSON.stringify(one.Resource)));
    return [policy, statements.flatMap(({ Action }) => Action)] as const;
  });
  return Object.fromEntries(found.filter(([, actions]) => actions.length > 0));
}

/** To deregister an alias, with its alarms, and to bring it back to its minimum. */
const NEEDED = [
  'cloudwatch:DeleteAlarms',
  'lambda:GetProvisionedConcurrencyConfig',
  'lambda:PutProvisionedConcurrencyConfig',
];

describe('a removed target', () => {
  // CloudFormation changes what stays, then deletes what is gone: each before what it depends on.
  test.each<[string, Record<string, string>, Record<string, string>]>([
    ['one of two', { Ahead: 'Checkout', BasketAhead: 'Basket' }, { Ahead: 'Checkout' }],
    ['the first of two', { BasketAhead: 'Basket', Ahead: 'Checkout' }, { Ahead: 'Checkout' }],
    ['a function for which there is another', { Ahead: 'Basket' }, { Ahead: 'Checkout' }],
  ])('is deregistered while its rights are there: %s', (_, old, fresh) => {
    const [before, after] = [deployed(old), deployed(fresh)];
    const gone = registrations(before).filter((id) => !registrations(after).includes(id));
    expect(gone).toHaveLength(1);
    const rights = rightsTo('Basket', before);
    expect(Object.values(rights).flat()).toEqual(expect.arrayContaining(NEEDED));
    for (const policy of Object.keys(rights)) {
      expect(after).not.toHaveProperty(policy);
      expect(before[gone[0]!]!.DependsOn).toContain(policy);
    }
  });

  test('changes nothing for the remaining targets', () => {
    const [before, after] = [deployed({ Ahead: 'Checkout', BasketAhead: 'Basket' }), deployed({ Ahead: 'Checkout' })];
    for (const type of ['AWS::IAM::Policy', 'AWS::IAM::Role', CAPACITY.resourceType]) {
      for (const [id, resource] of ofType(after, type)) expect(before[id]).toEqual(resource);
    }
  });
});

test('a target stays registered when its PredictiveScaling is renamed', () => {
  const [before, after] = [deployed({ Ahead: 'Checkout' }), deployed({ Later: 'Checkout' })];
  expect(registrations(after)).toEqual(registrations(before));
});

test('a target stays registered when its stack moves within the app', () => {
  const stack = new Stack(new Stage(new App({ context: {} }), 'Live'), 'Shop');
  forecast(stack, 'Ahead', 'Checkout');
  const { Resources: resources } = Template.fromStack(stack).toJSON() as { Resources: Resources };
  expect(registrations(resources)).toEqual(registrations(deployed({ Ahead: 'Checkout' })));
});

test('a target of another stack is registered beside the floor controller', () => {
  const app = new App({ context: {} });
  const [shop, scaling] = [new Stack(app, 'Shop'), new Stack(app, 'Scaling')];
  const wanted = Scaling.provisioned({ min: 1, max: 5 });
  const [one, other] = [shop, scaling].map((scope) => new AliasedFunction(scope, 'Pay', { handler, scaling: wanted }));
  new PredictiveScaling(scaling, 'Ahead', { target: one! });
  new PredictiveScaling(scaling, 'OwnAhead', { target: other! });
  const { Resources: resources } = Template.fromStack(scaling).toJSON() as { Resources: Resources };
  expect(registrations(resources)).toHaveLength(2);
});

describe('the targets of one stack', () => {
  const MAX = 8;
  const all = (count: number) => Array.from({ length: count }, (_, i) => [`Ahead${i}`, `Target${i}`]);

  test('fit the inline policies of a role, with the longest possible names', () => {
    const resources = deployed(Object.fromEntries(all(MAX)));
    const isFloorControllers = ({ Properties }: Resource) =>
      /"Ref":"BreakwaterFloorControllerFunctionRole/.test(JSON.stringify(Properties['Roles']));
    const policies = ofType(resources, 'AWS::IAM::Policy').filter(([, policy]) => isFloorControllers(policy));
    expect(policies).toHaveLength(MAX + 1);
    const sizes = policies.map(([, policy]) => longest(documentOf(policy), resources).length);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThanOrEqual(10_240);
  });

  test('fail if there are more, and the error says what to do', () => {
    expect(() => deployed(Object.fromEntries(all(MAX + 1)))).toThrow(
      "Shop/Ahead8: target must be one of at most 8 in a stack, got 'Shop/Target8' after 8 others: IAM allows 10240 characters of inline policies per role, and the stack has one floor controller; scale it from another stack",
    );
  });

  test('are counted in each stack', () => {
    const app = new App({ context: {} });
    for (const stack of [new Stack(app, 'One'), new Stack(app, 'Two')]) {
      for (const [ahead, id] of all(MAX)) forecast(stack, ahead!, id!);
      expect(FloorController.of(stack).node.findChild('Targets').node.children).toHaveLength(MAX);
    }
  });
});

/** A policy as IAM would count it, with the longest stack, function, Region and partition. */
function longest(value: unknown, resources: Resources): string {
  const PSEUDO: Record<string, string> = {
    'AWS::Partition': 'aws-us-gov',
    'AWS::Region': 'ap-southeast-1',
    'AWS::AccountId': '123456789012',
  };
  const arn = (service: string, rest: string) => `arn:aws-us-gov:${service}:ap-southeast-1:123456789012:${rest}`;
  const generated = (id: string, most: number) => `${'s'.repeat(128)}-${id}-ABCDEFGHIJKL`.slice(0, most);
  const text = (node: unknown): string => {
    if (typeof node === 'string') return node;
    const [[kind, argument]] = Object.entries(node as object) as [[string, unknown]];
    if (kind === 'Fn::Join') return (argument as [string, unknown[]])[1].map(text).join('');
    const id = [argument].flat()[0] as string;
    if (PSEUDO[id] !== undefined) return PSEUDO[id];
    const type = resources[id]!.Type;
    const asked = kind === 'Ref' ? type : `${type}.${(argument as string[])[1]}`;
    switch (asked) {
      case 'AWS::Lambda::Function':
        return generated(id, 64);
      case 'AWS::Lambda::Function.Arn':
        return arn('lambda', `function:${generated(id, 64)}`);
      case 'AWS::Lambda::Alias':
        return arn('lambda', `function:${generated(id, 64)}:live`);
      case 'AWS::DynamoDB::Table.Arn':
        return arn('dynamodb', `table/${generated(id, 255)}`);
      case 'AWS::Logs::LogGroup.Arn':
        return arn('logs', `log-group:${generated(id, 512)}:*`);
      case 'AWS::KMS::Key.Arn':
        return arn('kms', 'key/01234567-89ab-cdef-0123-456789abcdef');
      default:
        throw new Error(`no length is known of ${asked}`);
    }
  };
  return JSON.stringify(value, (_, node: unknown) => {
    const keys = typeof node === 'object' && node !== null ? Object.keys(node) : [];
    return /^(Ref|Fn::.*)$/.test(keys.join()) ? text(node) : node;
  });
}
