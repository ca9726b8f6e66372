/** Forecasts of rollouts: a model of the fleet from what is recorded, and the real engine run over it many times. Pure. */
export type { ForecastBasis } from './fleet-model.ts';
export { forecast, forecastDevicesMax } from './forecast.ts';
export { outlook, type RolloutOutlook } from './outlook.ts';
export type { DeviceRecord, ForecastInput, FreezeRecord, PastDeployment, RoomRecord } from './records.ts';
