import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { buildShop } from '../../bin/app';

/** Resources that keep data, or whose address others know. */
const KEEPERS = [
  'AWS::CloudFront::Distribution',
  'AWS::Cognito::UserPool',
  'AWS::Cognito::UserPoolClient',
  'AWS::Cognito::UserPoolDomain',
  'AWS::Cognito::UserPoolResourceServer',
  'AWS::DynamoDB::Table',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Url',
  'AWS::S3::Bucket',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
  'Custom::BreakwaterShardMap',
];

/**
 * CloudFormation knows a resource by its logical id. Under another id it makes a new, empty one and leaves the old one behind, or
 * deletes it: people lose their accounts, callers their address, queues their messages. So a change of an id here needs a plan.
 */
test('the shop’s resources that keep data or an address keep their logical ids (C10)', () => {
  const template = Template.fromStack(buildShop(new App({ context: { profile: 'production' } })));
  const ids = Object.fromEntries(KEEPERS.map((type) => [type, Object.keys(template.findResources(type)).sort()]));
  expect(ids).toEqual({
    'AWS::CloudFront::Distribution': ['ShopEdgeDistribution4023B813'],
    'AWS::Cognito::UserPool': ['ShopIdentityPoolECB6451F'],
    'AWS::Cognito::UserPoolClient': ['ShopIdentityServicespointofsale4D066914', 'ShopIdentitySignInsSite6ACCBB24'],
    'AWS::Cognito::UserPoolDomain': ['ShopIdentityDomain85DC1624'],
    'AWS::Cognito::UserPoolResourceServer': ['ShopIdentityResourceServer99421A33'],
    'AWS::DynamoDB::Table': [
      'BreakwaterFloorControllerCapacityTableBF6D0654',
      'BreakwaterMapTableE507FD97',
      'BreakwaterQuarantineTableA4187324',
      'ShopCatalogueShard033101163',
      'ShopLedgerShard078845B14',
      'ShopOrdersShard039A711F3',
      'ShopOrdersShard1F042B78C',
      'ShopOrdersShard2C6B720E2',
      'ShopOrdersShard3BC08020C',
    ],
    'AWS::KMS::Alias': [
      'BreakwaterKeyringalarmsAlias3A751615',
      'BreakwaterKeyringcontrolAliasD64D1D92',
      'BreakwaterKeyringlogsAlias8B8E1E4E',
      'BreakwaterKeyringmessagesAliasB52F5FE5',
      'BreakwaterKeyringpersonalAlias539EDE88',
      'BreakwaterKeyringpublicdataAlias094E386E',
      'BreakwaterKeyringquarantineAlias318A78B3',
    ],
    'AWS::KMS::Key': [
      'BreakwaterKeyringalarms8098DD5C',
      'BreakwaterKeyringcontrol3D81D57E',
      'BreakwaterKeyringlogs46180191',
      'BreakwaterKeyringmessages3001BF3D',
      'BreakwaterKeyringpersonal67C02EFF',
      'BreakwaterKeyringpublicdataC46B79CB',
      'BreakwaterKeyringquarantineA6928A3D',
    ],
    'AWS::Lambda::Url': [
      'ShopCatalogueEditorUrlB98A0729',
      'ShopCheckoutUrlFA89F293',
      'ShopOrderHistoryUrl3D23A29E',
      'ShopSearchUrl60C5969D',
    ],
    'AWS::S3::Bucket': [
      'BreakwaterRelayLostRecordsBucket462A55F6',
      'ShopEdgeSiteBucketFCC175E9',
      'ShopInvoiceDocumentsBucket59516FAD',
      'ShopMailOutboxBucketE7449B81',
    ],
    'AWS::SNS::Topic': ['ShopOperationsTopic38123D59'],
    'AWS::SQS::Queue': [
      'ShopInvoicesDeadLettersD3ADA211',
      'ShopInvoicesQueueBA86DC17',
      'ShopMailDeadLetters063DEE2F',
      'ShopMailQueue00EA8FA9',
      'ShopPaymentsDeadLetters2C2C000D',
      'ShopPaymentsQueueEE64B962',
    ],
    'Custom::BreakwaterShardMap': ['ShopCatalogueMap93C49A81', 'ShopLedgerMapC5493539', 'ShopOrdersMap76B25EB2'],
  });
});

test('no kind of resource with data or an address is missing from the list', () => {
  const template = Template.fromStack(buildShop(new App({ context: { profile: 'production' } }))).toJSON() as {
    Resources: Record<string, { Type: string; DeletionPolicy?: string }>;
  };
  const retained = Object.values(template.Resources).filter(({ DeletionPolicy }) =>
    /^Retain/.test(DeletionPolicy ?? ''),
  );
  // Versions and log groups are retained too, and nothing points at them by name.
  const others = ['AWS::Lambda::Version', 'AWS::Logs::LogGroup'];
  const kinds = new Set(retained.map(({ Type }) => Type).filter((type) => !others.includes(type)));
  expect([...kinds].filter((type) => !KEEPERS.includes(type))).toEqual([]);
});
