import { Barrier1763769600000 } from '../migrations/1763769600000-barrier.js';
import { ElasticKeys1763769600001 } from '../migrations/1763769600001-elastic-keys.js';
import { KeyStates1763769600002 } from '../migrations/1763769600002-key-states.js';
import { Audit1763769600003 } from '../migrations/1763769600003-audit.js';
import { BarrierEpoch1763769600010 } from '../migrations/1763769600010-barrier-epoch.js';
import { KeyLife1763769600020 } from '../migrations/1763769600020-key-life.js';
import { KeyGrants1763769601000 } from '../migrations/1763769601000-key-grants.js';
import { KeyAliasEntity } from './aliases/key-alias.entity.js';
import { BarrierEntity, BarrierKeyEntity } from './barrier/barrier.entity.js';
import { ShareCommitmentEntity, ShareSetEntity } from './barrier/share-set.entity.js';
import { ElasticKeyEntity } from './elastic-keys/elastic-key.entity.js';
import { MaterialKeyEntity } from './elastic-keys/material-key.entity.js';
import { WrappingKeyEntity } from './import/wrapping-key.entity.js';
import { KeyGrantEntity } from './grants/key-grant.entity.js';

/** Tables of the kms. */
export const entities = [
  WrappingKeyEntity,
  ShareSetEntity,
  ShareCommitmentEntity,
  BarrierEntity,
  BarrierKeyEntity,
  ElasticKeyEntity,
  MaterialKeyEntity,
  KeyAliasEntity,
  KeyGrantEntity,
];

/** Steps to its schema, oldest first. */
export const migrations = [
  Barrier1763769600000,
  ElasticKeys1763769600001,
  KeyStates1763769600002,
  Audit1763769600003,
  BarrierEpoch1763769600010,
  KeyLife1763769600020,
  KeyGrants1763769601000,
];
