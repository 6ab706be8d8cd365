import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { buildShop } from '../../bin/app';

const shopWith = (context: Record<string, string>) => buildShop(new App({ context }));

test('with a sender, the mail worker alone may send by SES, from this address only (C18)', () => {
  const template = Template.fromStack(shopWith({ mailSender: 'shop@example.com' }));
  const arn = (resource: string) => ({ 'Fn::Join': ['', Match.arrayWith([`:${resource}/*`])] });
  const mayPass = template.findResources('AWS::IAM::Policy', {
    Properties: {
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Effect: 'Allow',
            Action: 'ses:SendEmail',
            Resource: [arn('identity'), arn('configuration-set')],
            Condition: { StringEquals: { 'ses:FromAddress': 'shop@example.com' } },
          },
        ]),
      },
    },
  });
  expect(Object.keys(mayPass)).toEqual([expect.stringMatching(/^ShopMail/)]);
  const all = JSON.stringify(template.toJSON());
  expect(all.match(/ses:SendEmail/g)).toHaveLength(1);
  template.hasResourceProperties('AWS::Lambda::Function', {
    Environment: { Variables: Match.objectLike({ MAIL_SENDER: 'shop@example.com' }) },
  });
});

test.each(['', 'Shop <shop@example.com>', 'shop'])(
  "the sender '%s' fails at synth, since SES would refuse it",
  (mailSender) => {
    expect(() => shopWith({ mailSender })).toThrow(/'mailSender' must be an address alone/);
  },
);
