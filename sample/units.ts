/**
 * The units of 瀚源市 (Hanyuan), a city that does not exist: a county-level city of a western
 * prefecture, with the kinds of units that such a city has.
 */
import type { UnitKind } from '../domain/vocabulary.ts';

export type SampleUnit = {
  code: string;
  name: string;
  short_name: string;
  kind: UnitKind;
  parent_code: string | null;
  /** Offices in the order in which people are placed; the first one files the reports. */
  offices: readonly string[];
  /** Index into `cityLeaders` (sample/people.ts) of the leader in charge; null for the leaders' own body. */
  leader: number | null;
};

const unit = (
  kind: UnitKind,
  leader: number | null,
  code: string,
  name: string,
  short_name: string,
  offices: readonly string[],
  parent_code: string | null = null,
): SampleUnit => ({ code, name, short_name, kind, parent_code, offices, leader });

/** the codes are the identifiers by which the system knows these bodies. */
// oxfmt-ignore
const bodies = [
  unit('body', null, 'leading_group', '瀚源市目标责任考核领导小组', '市考核领导小组', ['组长室', '成员室']),
  unit('body', 0, 'assessment_office', '瀚源市目标责任考核领导小组办公室', '市考核办', ['考核科', '评价科', '综合科'], 'leading_group'),
  unit('body', 0, 'supervision_office', '中共瀚源市委瀚源市人民政府督查室', '市督查室', ['督查一科', '督查二科', '综合科'], 'leading_group'),
];

// oxfmt-ignore
const party = [
  unit('department', 0, 'D101', '中共瀚源市委办公室', '市委办', ['综合科', '信息科']),
  unit('department', 0, 'D102', '中共瀚源市纪律检查委员会监察委员会', '市纪委监委', [
    '党风政风监督室',
    '电子监察室',
  ]),
  unit('department', 0, 'cadre_department', '中共瀚源市委组织部', '市委组织部', ['干部科', '组织科']),
  unit('department', 0, 'D104', '中共瀚源市委宣传部', '市委宣传部', ['理论科', '新闻科']),
  unit('department', 0, 'D105', '中共瀚源市委统一战线工作部', '市委统战部', ['综合科', '民族宗教工作科']),
  unit('department', 5, 'D106', '中共瀚源市委政法委员会', '市委政法委', ['平安建设科', '综治督导科']),
  unit('department', 0, 'D107', '中共瀚源市委机构编制委员会办公室', '市委编办', ['综合科', '监督检查科']),
];

// oxfmt-ignore
const government = [
  unit('department', 1, 'D201', '瀚源市人民政府办公室', '市政府办', ['综合一科', '综合二科']),
  unit('department', 1, 'D202', '瀚源市发展和改革委员会', '市发改委', ['项目科', '综合科']),
  unit('department', 3, 'D203', '瀚源市教育局', '市教育局', ['基础教育科', '办公室']),
  unit('department', 2, 'D204', '瀚源市工业和信息化科技局', '市工信科技局', ['运行科', '科技科']),
  unit('department', 5, 'D205', '瀚源市公安局', '市公安局', ['指挥中心', '办公室']),
  unit('department', 3, 'D206', '瀚源市民政局', '市民政局', ['社会救助科', '办公室']),
  unit('department', 5, 'D207', '瀚源市司法局', '市司法局', ['法治督察科', '办公室']),
  unit('department', 1, 'D208', '瀚源市财政局', '市财政局', ['预算科', '办公室']),
  unit('department', 3, 'D209', '瀚源市人力资源和社会保障局', '市人社局', ['就业科', '劳动监察科']),
  unit('department', 4, 'D210', '瀚源市自然资源局', '市自然资源局', ['规划科', '耕地保护科']),
  unit('department', 4, 'D211', '瀚源市生态环境局', '市生态环境局', ['大气科', '水生态科']),
  unit('department', 2, 'D212', '瀚源市住房和城乡建设局', '市住建局', ['工程管理科', '住房保障科']),
  unit('department', 2, 'D213', '瀚源市交通运输局', '市交通局', ['建设养护科', '运输科']),
  unit('department', 4, 'D214', '瀚源市水利局', '市水利局', ['河湖管理科', '水利建设科']),
  unit('department', 4, 'D215', '瀚源市农业农村和畜牧局', '市农牧局', ['种植业科', '畜牧科']),
  unit('department', 2, 'D216', '瀚源市商务局', '市商务局', ['市场运行科', '办公室']),
  unit('department', 3, 'D217', '瀚源市文体旅游广电局', '市文旅局', ['旅游科', '文化科']),
  unit('department', 3, 'D218', '瀚源市卫生健康委员会', '市卫健委', ['医政科', '疾控科']),
  unit('department', 5, 'D219', '瀚源市退役军人事务局', '市退役军人局', ['安置科', '办公室']),
  unit('department', 2, 'D220', '瀚源市应急管理局', '市应急局', ['综合协调科', '危化监管科']),
  unit('department', 1, 'D221', '瀚源市审计局', '市审计局', ['投资审计科', '办公室']),
  unit('department', 2, 'D222', '瀚源市市场监督管理局', '市市场监管局', ['食品科', '特种设备科']),
  unit('department', 1, 'D223', '瀚源市统计局', '市统计局', ['综合核算科', '办公室']),
  unit('department', 3, 'D224', '瀚源市医疗保障局', '市医保局', ['基金监管科', '待遇科']),
  unit('department', 2, 'D225', '瀚源市城市管理局', '市城管局', ['市容科', '环卫科']),
  unit('department', 4, 'D226', '瀚源市林业和草原局', '市林草局', ['造林科', '草原科']),
  unit('department', 4, 'D227', '瀚源市乡村振兴局', '市乡村振兴局', ['监测帮扶科', '项目科']),
  unit('department', 5, 'D228', '瀚源市信访局', '市信访局', ['接访科', '督办科']),
  unit('department', 1, 'D229', '瀚源市政务服务和大数据管理局', '市政务大数据局', [
    '政务服务科',
    '数据管理科',
  ]),
  unit('department', 5, 'D230', '瀚源市消防救援大队', '市消防大队', ['监督科', '综合科']),
];

// oxfmt-ignore
const groups = [
  unit('department', 3, 'D301', '瀚源市总工会', '市总工会', ['权益保障部', '办公室']),
  unit('department', 3, 'D302', '共青团瀚源市委员会', '团市委', ['组织部', '办公室']),
  unit('department', 3, 'D303', '瀚源市妇女联合会', '市妇联', ['权益部', '办公室']),
];

// oxfmt-ignore
const townships = [
  unit('township', 4, 'T01', '瀚源市白榆镇人民政府', '白榆镇', ['党政办', '农业农村办']),
  unit('township', 4, 'T02', '瀚源市青盐镇人民政府', '青盐镇', ['党政办', '农业农村办']),
  unit('township', 4, 'T03', '瀚源市胡杨滩镇人民政府', '胡杨滩镇', ['党政办', '生态办']),
  unit('township', 4, 'T04', '瀚源市沙枣沟乡人民政府', '沙枣沟乡', ['党政办', '生态办']),
  unit('township', 4, 'T05', '瀚源市雪岭乡人民政府', '雪岭乡', ['党政办', '畜牧站']),
  unit('township', 4, 'T06', '瀚源市长峡乡人民政府', '长峡乡', ['党政办', '畜牧站']),
];

// oxfmt-ignore
const subDistricts = [
  unit('sub_district', 5, 'S01', '瀚源市北山路街道办事处', '北山路街道', ['党政办', '平安办']),
  unit('sub_district', 5, 'S02', '瀚源市河东街道办事处', '河东街道', ['党政办', '平安办']),
  unit('sub_district', 5, 'S03', '瀚源市河西街道办事处', '河西街道', ['党政办', '城管办']),
  unit('sub_district', 5, 'S04', '瀚源市车站街道办事处', '车站街道', ['党政办', '城管办']),
  unit('sub_district', 5, 'S05', '瀚源市昆仑街道办事处', '昆仑街道', ['党政办', '社区办']),
];

// oxfmt-ignore
const parks = [
  unit('park', 2, 'P01', '瀚源工业园区管理委员会', '工业园区', ['经济发展局', '安全环保局']),
  unit('park', 2, 'P02', '瀚源综合物流园区管理委员会', '物流园区', ['招商局', '规划建设局'], 'P01'),
  unit('park', 1, 'P03', '瀚源高原新能源产业园区管理委员会', '新能源园区', ['项目服务局', '规划建设局'], 'P01'),
];

export const units: readonly SampleUnit[] = [
  ...bodies,
  ...party,
  ...government,
  ...groups,
  ...townships,
  ...subDistricts,
  ...parks,
];
