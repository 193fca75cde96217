import type { ChartPhaseKey } from '@watchpost/contracts/results/phase-keys';
import type { ChartLanguage } from './chart-kind.ts';

export type ChartTexts = {
  readonly phases: Readonly<Record<ChartPhaseKey, string>>;
  readonly total: string;
  readonly last: string;
  readonly average: string;
  readonly maximum: string;
  readonly minimum: string;
  readonly median: string;
  readonly overall: string;
  readonly alarm: string;
  readonly noData: string;
  readonly up: string;
  readonly degraded: string;
  readonly down: string;
  readonly unknown: string;
  readonly availability: string;
  readonly coverage: string;
  readonly speed: string;
  readonly results: string;
  readonly time: string;
  readonly gap: string;
  readonly kinds: Readonly<Record<'response-time' | 'percentiles' | 'compare' | 'speed' | 'availability', string>>;
};

export const CHART_TEXTS: Readonly<Record<ChartLanguage, ChartTexts>> = {
  en: {
    phases: {
      redirectUs: 'Redirects',
      dnsUs: 'DNS lookup',
      connectUs: 'TCP connect',
      tlsUs: 'TLS handshake',
      requestUs: 'Request sent',
      waitUs: 'Wait for first byte',
      receiveUs: 'Receive',
    },
    total: 'Total',
    last: 'last',
    average: 'avg',
    maximum: 'max',
    minimum: 'min',
    median: 'Median',
    overall: 'whole range',
    alarm: 'Alarm line',
    noData: 'No data in this range',
    up: 'Up',
    degraded: 'Degraded',
    down: 'Down',
    unknown: 'Unknown',
    availability: 'Availability',
    coverage: 'Coverage',
    speed: 'Download speed',
    results: 'Results',
    time: 'Time',
    gap: 'Lost before it reached the server',
    kinds: {
      'response-time': 'Response time by phase',
      percentiles: 'Response time percentiles',
      compare: 'Response time of the vantage points',
      speed: 'Download speed',
      availability: 'Availability',
    },
  },
  zh: {
    phases: {
      redirectUs: '重定向',
      dnsUs: 'DNS 解析',
      connectUs: 'TCP 连接',
      tlsUs: 'TLS 握手',
      requestUs: '发送请求',
      waitUs: '等待首字节',
      receiveUs: '接收数据',
    },
    total: '总计',
    last: '最新',
    average: '平均',
    maximum: '最大',
    minimum: '最小',
    median: '中位数',
    overall: '整个时段',
    alarm: '告警线',
    noData: '该时段没有数据',
    up: '正常',
    degraded: '变慢',
    down: '故障',
    unknown: '未知',
    availability: '可用率',
    coverage: '覆盖率',
    speed: '下载速度',
    results: '结果数',
    time: '时间',
    gap: '到达服务器之前已丢失',
    kinds: {
      'response-time': '各阶段响应时间',
      percentiles: '响应时间百分位',
      compare: '各监测点响应时间',
      speed: '下载速度',
      availability: '可用率',
    },
  },
};
