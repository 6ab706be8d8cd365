import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { DocumentStore } from '../../lib/documents';
import { AliasedFunction, Handler } from '../../lib/functions';

const handler = Handler.fromCode(Code.fromInline('exports.handler = async () => {}'), 'index.handler');
const newStack = () => new Stack(new App(), 'Shop', { env: { account: '111111111111', region: 'us-east-1' } });

test('an existing bucket is a store: grants name it and its key, and set its name for documents()', () => {
  const stack = newStack();
  const bucket = new Bucket(stack, 'Old', { encryption: BucketEncryption.KMS, encryptionKey: new Key(stack, 'Key') });
  const reader = new AliasedFunction(stack, 'Reader', { handler });
  DocumentStore.fromBucket(stack, 'Invoices', bucket).grantRead(reader);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::S3::Bucket', 1);
  const text = JSON.stringify(template.findResources('AWS::IAM::Policy'));
  expect(text).toContain('s3:GetObject');
  expect(text).toContain('kms:Decrypt');
  expect(JSON.stringify(template.findResources('AWS::Lambda::Function'))).toContain('{\\"Invoices\\":\\"');
});

test('an imported bucket without a key of the account needs no right to one', () => {
  const stack = newStack();
  const store = DocumentStore.fromBucket(stack, 'X', Bucket.fromBucketName(stack, 'Old', 'old'), 'Invoices');
  const writer = new AliasedFunction(stack, 'Writer', { handler });
  store.grantWrite(writer);
  store.grantReadAndList(writer);
  store.grantDelete(writer);
  const statements = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  expect(statements).toContain(':s3:::old/*');
  expect(statements).not.toContain('kms:');
});

test('fails with a name that is none', () => {
  const stack = newStack();
  const bucket = Bucket.fromBucketName(stack, 'Old', 'old');
  expect(() => DocumentStore.fromBucket(stack, 'X', bucket, 'a b')).toThrow(/storeName must be 1 to 255 letters/);
});
