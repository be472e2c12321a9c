export { CommandFailure } from './command-failure.js';
export { serviceNames, type ServiceName } from './services/services.js';
export { type SuitePorts } from './services/service-environment.js';
export { type RunningSuite } from './suite/running-suite.js';
export { startSuite } from './suite/start-suite.js';
export { readSuiteFile, type SuiteClient, type SuiteFile, type SuiteUser } from './suite/suite-file.js';
export { type SuiteOptions } from './suite/suite-options.js';
export { createProgress, silentProgress, type Progress } from './terminal/progress.js';
