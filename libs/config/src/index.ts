export { ConfigurationError } from './configuration-error.js';
export { describeSettings } from './describe-settings.js';
export { readSettings, type Sections, type SettingsOf } from './read-settings.js';
export { commaSeparated, filePath, httpsBaseUrl, integer, milliseconds, port, trueOrFalse } from './schemas.js';
export { secretFile, type SecretFileOptions } from './secret-file.js';
export { setting, type OtherSetting, type Setting, type SettingOptions } from './setting.js';
