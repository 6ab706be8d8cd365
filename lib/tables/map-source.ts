import type { ITable } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { setEnvironment } from '../functions';
import { grantKeyUse, KeyUse } from '../keyring';
import { Environment } from '../protocol';

/** A map table of this app or of another app. */
export interface MapSource {
  /** Name of the map table. */
  readonly tableName: string;
  /**
   * Lets a grantee read shard maps. If the grantee is a function, the map table's name is set in
   * its environment.
   */
  grantRead(grantee: IGrantable): Grant;
}

/** The map table of another app or stack. */
export class ImportedMaps implements MapSource {
  public constructor(private readonly table: ITable) {}

  public get tableName(): string {
    return this.table.tableName;
  }

  public grantRead(grantee: IGrantable): Grant {
    const { tableName, tableArn, encryptionKey } = this.table;
    setEnvironment(grantee, Environment.MAP_TABLE, tableName);
    const read = Grant.addToPrincipal({ grantee, actions: ['dynamodb:GetItem'], resourceArns: [tableArn] });
    if (encryptionKey === undefined) return read;
    return read.combine(grantKeyUse(encryptionKey, grantee, KeyUse.READ, 'dynamodb'));
  }
}
