import { App, NestedStack, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Role, ServicePrincipal, User } from 'aws-cdk-lib/aws-iam';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Handler } from '../../lib/functions';
import { QueueWorker } from '../../lib/workers';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const ENV = { account: '111111111111', region: 'us-east-1' };
const role = (scope: Stack, roleName?: string) =>
  new Role(scope, 'Sender', { assumedBy: new ServicePrincipal('lambda.amazonaws.com'), roleName });
const worker = (scope: Stack) => new QueueWorker(scope, 'Mail', { handler });

/** The senders that the policy of a worker's queue excepts. */
function senders(stack: Stack): unknown[] {
  const policies = Object.values(Template.fromStack(stack).findResources('AWS::SQS::QueuePolicy'));
  const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  const [own] = statements.filter(({ Sid }) => Sid === 'OnlyDeclaredSenders');
  return [own.Condition.StringNotEquals['aws:PrincipalArn']].flat();
}

const roleNames = (stack: Stack) =>
  Object.values(Template.fromStack(stack).findResources('AWS::IAM::Role')).map(
    ({ Properties }) => Properties.RoleName as unknown,
  );

describe('a sender in another stack than the queue', () => {
  test('gets a name, which the queue’s policy states as text: so only the sender’s stack needs the other', () => {
    const app = new App();
    const [work, web] = [new Stack(app, 'Work', { env: ENV }), new Stack(app, 'Web', { env: ENV })];
    worker(work).grantSendMessages(role(web));
    const [name] = roleNames(web);
    // The name holds the stack's name and the Region, because roles are global in an account.
    expect(name).toMatch(/^Web-[0-9a-f]{16}-us-east-1$/);
    expect(senders(work)).toEqual([
      expect.objectContaining({ 'Fn::GetAtt': [expect.stringContaining('Redrive'), 'Arn'] }),
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, `:iam::111111111111:role/${name}`]] },
    ]);
    expect(() => app.synth()).not.toThrow();
    expect(web.dependencies.map(({ node }) => node.path)).toEqual(['Work']);
    expect(work.dependencies).toEqual([]);
  });

  test('works in stacks without account and Region, and with a long path', () => {
    const app = new App();
    const [work, web] = [new Stack(app, 'Work'), new Stack(app, 'W'.repeat(100))];
    worker(work).grantSendMessages(role(web));
    const [name] = roleNames(web) as [{ 'Fn::Join': [string, [string, object]] }];
    expect(name['Fn::Join'][1][1]).toEqual({ Ref: 'AWS::Region' });
    // The longest Region has 15 characters; a role's name may have 64.
    expect(name['Fn::Join'][1][0].length + 15).toBeLessThanOrEqual(64);
    expect(JSON.stringify(senders(work))).toContain(name['Fn::Join'][1][0]);
  });

  test('may send to the queues of several workers, in stacks with and without a Region', () => {
    for (const props of [{}, { env: ENV }]) {
      const app = new App();
      const [work, web] = [new Stack(app, 'Work', props), new Stack(app, 'Web', props)];
      const sender = role(web);
      const [mail, bills] = ['Mail', 'Bills'].map((id) => new QueueWorker(work, id, { handler }));
      mail!.grantSendMessages(sender);
      bills!.grantSendMessages(sender);
      expect(roleNames(web)).toHaveLength(1);
      expect(() => app.synth()).not.toThrow();
    }
  });

  test('keeps an explicit name', () => {
    const app = new App();
    const [work, web] = [new Stack(app, 'Work', { env: ENV }), new Stack(app, 'Web', { env: ENV })];
    worker(work).grantSendMessages(role(web, 'checkout'));
    expect(roleNames(web)).toEqual(['checkout']);
    expect(JSON.stringify(senders(work))).toContain(':iam::111111111111:role/checkout');
  });

  test('in a sibling nested stack it is the same, and CloudFormation gets no cycle', () => {
    const app = new App();
    const parent = new Stack(app, 'Parent', { env: ENV });
    const [work, web] = [new NestedStack(parent, 'Work'), new NestedStack(parent, 'Web')];
    worker(work).grantSendMessages(role(web));
    expect(JSON.stringify(senders(work))).toContain(`:role/${roleNames(web)[0]}`);
    // Throws if resources of the parent need each other.
    expect(() => Template.fromStack(parent)).not.toThrow();
  });

  test('must be a role: a user of another stack is refused', () => {
    const app = new App();
    const [work, web] = [new Stack(app, 'Work', { env: ENV }), new Stack(app, 'Web', { env: ENV })];
    expect(() => worker(work).grantSendMessages(new User(web, 'Operator'))).toThrow(
      "Work/Mail/Queue: sender must be a role if it is of another stack, got 'Web/Operator'",
    );
  });

  test('may be imported', () => {
    const app = new App();
    const mail = worker(new Stack(app, 'Work', { env: ENV }));
    const web = new Stack(app, 'Web', { env: ENV });
    mail.grantSendMessages(Role.fromRoleArn(web, 'Known', 'arn:aws:iam::111111111111:role/known'));
    expect(() => app.synth()).not.toThrow();
  });

  test.each([
    ['sender', true],
    ['queue', false],
  ])('is fine if the %s is in a nested stack of the other', (_what, senderInside) => {
    const app = new App();
    const parent = new Stack(app, 'Parent', { env: ENV });
    const nested = new NestedStack(parent, 'Inside');
    worker(senderInside ? parent : nested).grantSendMessages(role(senderInside ? nested : parent));
    expect(() => app.synth()).not.toThrow();
  });
});
