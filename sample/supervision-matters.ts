/**
 * The yearly supervision list of the sample city in the words of its sheet: matters of the kinds
 * that such a city tracks in 2026, none of them real, none classified, no real person named.
 */
export type SampleMatter = {
  title: string;
  lead: string;
  assisting?: readonly string[];
  level?: '中央' | '省级' | '州级' | '市级' | '单位';
  document?: string;
  instructedBy?: string;
  /** A date makes the matter 限期; the other classes get their day when it is assigned. */
  due?: string;
  class?: '一般事项' | '复杂事项' | '年底清零';
  cycle?: string;
  policy?: string;
  importance?: '一般' | '重要' | '特别重要';
};

export type MatterGroup = { aspect: string; sub: string | null; matters: readonly SampleMatter[] };

const WORK_REPORT = '市政府工作报告重点任务分工方案';
const MAYOR = '市政府主要领导';
const SECRETARY = '市委主要领导';
const DEPUTY_MAYOR = '市政府分管领导';

// One matter, one line, as in the sheet.
// oxfmt-ignore
export const matterGroups: readonly MatterGroup[] = [
  {
    aspect: '重点工作',
    sub: '脱贫攻坚',
    matters: [
      { title: '落实防返贫动态监测帮扶机制，对监测对象逐户制定帮扶措施', lead: '市乡村振兴局', assisting: ['市民政局', '市医保局'], level: '省级', class: '年底清零', cycle: '每月', importance: '重要' },
      { title: '完成中央衔接推进乡村振兴补助资金年度支出进度', lead: '市财政局', assisting: ['市乡村振兴局'], level: '中央', class: '年底清零', cycle: '每月', importance: '特别重要' },
      { title: '建成雪岭乡牦牛养殖合作社冷链储藏设施', lead: '市农牧局', assisting: ['雪岭乡'], due: '2027-05-31', cycle: '每月' },
      { title: '易地搬迁安置点后续产业配套项目投产', lead: '市乡村振兴局', assisting: ['市工信科技局', '青盐镇'], level: '州级', due: '2026-12-25', cycle: '每周' },
      { title: '脱贫劳动力稳岗就业台账核查整改', lead: '市人社局', assisting: ['市乡村振兴局'], class: '复杂事项', cycle: '每周' },
      { title: '农村低收入人口住房安全隐患排查', lead: '市住建局', assisting: ['白榆镇', '沙枣沟乡', '长峡乡'], class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '枸杞种植基地滴灌设施补建', lead: '市农牧局', assisting: ['市水利局', '胡杨滩镇'], due: '2027-04-30', cycle: '每月' },
      { title: '东西部协作帮扶项目年度绩效自评', lead: '市乡村振兴局', level: '省级', due: '2026-12-20', cycle: '每周' },
    ],
  },
  {
    aspect: '重点工作',
    sub: '生态环保',
    matters: [
      { title: '生态环境保护督察反馈问题年度整改任务销号', lead: '市生态环境局', assisting: ['工业园区', '市林草局'], level: '中央', document: '督察整改方案', class: '年底清零', cycle: '每周', policy: '年底清零', importance: '特别重要' },
      { title: '白榆河城区段入河排污口排查整治', lead: '市生态环境局', assisting: ['市水利局', '市城管局'], level: '州级', due: '2026-12-30', cycle: '每5个工作日', importance: '重要' },
      { title: '工业园区污水处理厂提标改造工程通水试运行', lead: '工业园区', assisting: ['市生态环境局', '市住建局'], level: '省级', due: '2027-03-31', cycle: '每周', importance: '特别重要' },
      { title: '城区建筑工地扬尘防治措施全覆盖检查', lead: '市住建局', assisting: ['市城管局', '市生态环境局'], class: '一般事项', importance: '重要' },
      { title: '盐湖周边历史遗留矿山生态修复项目验收', lead: '市自然资源局', assisting: ['市林草局'], level: '省级', due: '2027-06-30', cycle: '每月' },
      { title: '长峡河河湖“四乱”问题清理整治', lead: '市水利局', assisting: ['长峡乡'], level: '省级', document: '河长制年度任务书', class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '国土绿化年度任务造林地块落实与补植', lead: '市林草局', assisting: ['胡杨滩镇', '沙枣沟乡'], level: '州级', class: '年底清零', cycle: '每月' },
      { title: '禁牧减畜与草畜平衡奖补资金兑付', lead: '市林草局', assisting: ['市财政局', '雪岭乡', '长峡乡'], level: '省级', due: '2026-12-18', cycle: '每周' },
      { title: '城区燃煤小锅炉清零行动扫尾', lead: '市生态环境局', assisting: ['市市场监管局'], level: '州级', class: '年底清零', cycle: '每月', policy: '年底清零' },
    ],
  },
  {
    aspect: '重点工作',
    sub: '安全生产',
    matters: [
      { title: '危险化学品企业重大危险源包保责任落实检查', lead: '市应急局', assisting: ['工业园区'], level: '省级', class: '复杂事项', cycle: '每周', importance: '特别重要' },
      { title: '城镇燃气老旧管网更新改造年度任务', lead: '市住建局', assisting: ['市城管局', '市市场监管局'], level: '省级', class: '年底清零', cycle: '每月', policy: '年底清零', importance: '特别重要' },
      { title: '冬春季火灾防控人员密集场所隐患整改', lead: '市消防大队', assisting: ['市商务局', '市文旅局', '市教育局'], level: '省级', due: '2027-03-20', cycle: '每周', importance: '重要' },
      { title: '盐化工企业外包作业专项整治“回头看”', lead: '市应急局', assisting: ['工业园区', '市工信科技局'], class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '农村公路临水临崖路段安全防护工程', lead: '市交通局', assisting: ['雪岭乡', '长峡乡'], level: '州级', due: '2027-05-15', cycle: '每月' },
      { title: '校园周边食品经营户专项检查', lead: '市市场监管局', assisting: ['市教育局'], class: '一般事项' },
      { title: '特种设备超期未检清零', lead: '市市场监管局', class: '年底清零', cycle: '每月', policy: '年底清零', importance: '重要' },
      { title: '电动自行车集中充电点位建设', lead: '市城管局', assisting: ['河东街道', '河西街道', '车站街道'], due: '2027-01-29', cycle: '每周' },
      { title: '尾矿库“头顶库”汛前安全评估', lead: '市应急局', assisting: ['市水利局'], level: '省级', due: '2027-04-20', cycle: '每月', importance: '重要' },
    ],
  },
  {
    aspect: '重点工作',
    sub: '重大项目',
    matters: [
      { title: '新能源产业园二期光伏项目升压站并网', lead: '新能源园区', assisting: ['市发改委', '市自然资源局'], level: '省级', due: '2026-12-28', cycle: '每周', policy: '标准', importance: '特别重要' },
      { title: '铁路物流枢纽专用线项目用地报批', lead: '市自然资源局', assisting: ['物流园区', '市发改委'], level: '州级', due: '2027-02-26', cycle: '每5个工作日', importance: '特别重要' },
      { title: '市第二人民医院迁建项目主体封顶', lead: '市卫健委', assisting: ['市住建局', '市财政局'], document: WORK_REPORT, due: '2027-06-15', cycle: '每月', importance: '重要' },
      { title: '城区供热管网互联互通工程投入运行', lead: '市住建局', assisting: ['市城管局'], document: WORK_REPORT, due: '2026-12-15', cycle: '每周', importance: '特别重要' },
      { title: '国道过境段改线工程征拆扫尾', lead: '市交通局', assisting: ['白榆镇', '市自然资源局'], due: '2027-01-22', cycle: '每5个工作日', importance: '重要' },
      { title: '盐湖资源综合利用中试基地开工', lead: '市工信科技局', assisting: ['工业园区'], level: '省级', due: '2027-04-15', cycle: '每月', importance: '重要' },
      { title: '老旧小区改造年度计划全部竣工', lead: '市住建局', assisting: ['北山路街道', '昆仑街道', '车站街道'], document: WORK_REPORT, class: '年底清零', cycle: '每月', policy: '年底清零', importance: '重要' },
      { title: '智慧停车一期泊位接入统一平台', lead: '市政务大数据局', assisting: ['市城管局', '市公安局'], due: '2027-03-10', cycle: '每10个工作日' },
      { title: '重点项目前期工作经费拨付清单办理', lead: '市财政局', assisting: ['市发改委'], class: '一般事项', importance: '重要' },
    ],
  },
  {
    aspect: '重大决策执行',
    sub: '重大决策',
    matters: [
      { title: '落实市委关于优化营商环境若干措施，公布年度办结事项', lead: '市政务大数据局', assisting: ['市发改委', '市市场监管局'], class: '年底清零', cycle: '每月', importance: '重要' },
      { title: '推进盐湖产业链“链长制”年度任务', lead: '市工信科技局', assisting: ['工业园区', '市商务局'], level: '省级', class: '年底清零', cycle: '每月', importance: '特别重要' },
      { title: '国有企业改革提升行动任务验收', lead: '市财政局', assisting: ['市审计局'], level: '省级', due: '2026-12-24', cycle: '每周' },
      { title: '落实稳就业政策，完成城镇新增就业年度目标', lead: '市人社局', document: WORK_REPORT, class: '年底清零', cycle: '每月', importance: '重要' },
      { title: '义务教育学位供给三年方案当年项目交付', lead: '市教育局', assisting: ['市住建局', '市财政局'], due: '2027-06-20', cycle: '每月', importance: '重要' },
    ],
  },
  {
    aspect: '重大决策执行',
    sub: '重要决议',
    matters: [
      { title: '办理市人代会关于城区供水安全的决议', lead: '市水利局', assisting: ['市住建局', '市卫健委'], due: '2027-01-15', cycle: '每周', importance: '重要' },
      { title: '办理市人大常委会预算执行审议意见', lead: '市财政局', assisting: ['市审计局'], class: '复杂事项', cycle: '每周' },
      { title: '政协重点提案“打造昆仑文化旅游线路”办理', lead: '市文旅局', assisting: ['市交通局', '市商务局'], class: '复杂事项', cycle: '每周' },
      { title: '人大代表建议“改善牧区饮水条件”答复与落实', lead: '市水利局', assisting: ['雪岭乡', '长峡乡'], due: '2027-05-20', cycle: '每月' },
    ],
  },
  {
    aspect: '重大决策执行',
    sub: '重要文件',
    matters: [
      { title: '贯彻落实省政府“710”工作制度实施办法情况自查', lead: '市政府办', level: '省级', document: '“710”工作制度实施办法', class: '一般事项', policy: '710一般事项', importance: '重要' },
      { title: '制定本市盐湖产业绿色发展实施细则', lead: '市工信科技局', assisting: ['市生态环境局', '市司法局'], level: '省级', class: '复杂事项', cycle: '每周', policy: '710复杂事项' },
      { title: '落实农村集体经济组织登记赋码工作通知', lead: '市农牧局', level: '州级', class: '复杂事项', cycle: '每周' },
      { title: '清理与统一大市场建设不符的规范性文件', lead: '市司法局', assisting: ['市市场监管局', '市发改委'], level: '中央', class: '复杂事项', cycle: '每5个工作日', importance: '重要' },
      { title: '落实城市地下管线普查通知，提交普查成果', lead: '市住建局', assisting: ['市自然资源局', '市城管局'], level: '省级', due: '2027-03-15', cycle: '每月' },
      { title: '机关事业单位“吃空饷”问题核查结果上报', lead: '市人社局', assisting: ['市委编办'], level: '州级', class: '一般事项', importance: '重要' },
    ],
  },
  {
    aspect: '重大决策执行',
    sub: '重要会议',
    matters: [
      { title: '市委经济工作会议任务分解方案印发', lead: '市委办', assisting: ['市发改委'], class: '一般事项', importance: '重要' },
      { title: '市政府常务会议议定的公交线路优化方案实施', lead: '市交通局', assisting: ['市财政局'], document: '市政府常务会议纪要', due: '2026-12-22', cycle: '每周' },
      { title: '专题会议议定的供热收费争议处理意见落实', lead: '市住建局', assisting: ['市信访局'], document: '市政府专题会议纪要', class: '一般事项', importance: '重要' },
      { title: '市委农村工作会议部署的高标准农田建设年度任务', lead: '市农牧局', assisting: ['市水利局', '白榆镇', '青盐镇'], due: '2027-05-25', cycle: '每月', importance: '重要' },
      { title: '安全生产委员会全体会议议定事项办理', lead: '市应急局', document: '市安委会会议纪要', class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '招商引资工作推进会签约项目落地跟踪', lead: '市商务局', assisting: ['工业园区', '物流园区', '新能源园区'], due: '2027-02-12', cycle: '每周' },
    ],
  },
  {
    aspect: '重大决策执行',
    sub: '重要工作',
    matters: [
      { title: '第五次全国经济普查数据应用分析报告', lead: '市统计局', class: '复杂事项', cycle: '无' },
      { title: '“高效办成一件事”年度重点事项上线', lead: '市政务大数据局', assisting: ['市公安局', '市人社局', '市医保局'], level: '中央', due: '2026-12-29', cycle: '每周', importance: '重要' },
      { title: '民族团结进步示范单位创建复验准备', lead: '市委统战部', assisting: ['昆仑街道', '市教育局'], level: '州级', due: '2027-04-10', cycle: '每月', importance: '重要' },
      { title: '基层党建“整乡推进”任务验收', lead: '市委组织部', assisting: ['白榆镇', '青盐镇', '胡杨滩镇'], level: '州级', class: '年底清零', cycle: '每月' },
      { title: '意识形态工作责任制落实情况年度检查', lead: '市委宣传部', level: '州级', class: '复杂事项', cycle: '无', importance: '重要' },
      { title: '基层应急广播体系建设项目验收', lead: '市文旅局', assisting: ['市应急局'], level: '省级', due: '2027-03-25', cycle: '每月' },
    ],
  },
  {
    aspect: '重大事项阶段性工作',
    sub: null,
    matters: [
      { title: '高原清洁能源大会筹备工作阶段任务', lead: '新能源园区', assisting: ['市商务局', '市政府办', '市公安局'], level: '省级', due: '2027-06-10', cycle: '每周', importance: '特别重要' },
      { title: '全国文明城市创建实地测评点位整改', lead: '市委宣传部', assisting: ['市城管局', '河东街道', '河西街道', '昆仑街道'], level: '中央', class: '复杂事项', cycle: '每5个工作日', importance: '特别重要' },
      { title: '冬季供暖保障能源储备阶段任务', lead: '市发改委', assisting: ['市住建局', '市工信科技局'], level: '省级', due: '2026-12-10', cycle: '每周', importance: '特别重要' },
      { title: '国家卫生城市复审迎检准备', lead: '市卫健委', assisting: ['市城管局', '市市场监管局'], level: '中央', due: '2027-05-10', cycle: '每月', importance: '重要' },
      { title: '国土空间总体规划成果入库', lead: '市自然资源局', level: '省级', due: '2027-01-20', cycle: '每周' },
      { title: '春节前农民工工资支付保障专项行动', lead: '市人社局', assisting: ['市住建局', '市交通局', '市公安局'], level: '中央', due: '2027-01-25', cycle: '每5个工作日', importance: '特别重要' },
      { title: '乡镇机构职能运行评估', lead: '市委编办', assisting: ['白榆镇', '雪岭乡'], class: '复杂事项', cycle: '无' },
      { title: '自然灾害综合风险普查成果移交', lead: '市应急局', assisting: ['市自然资源局', '市水利局'], level: '省级', due: '2026-12-31', cycle: '每周' },
      { title: '春季沙尘天气防御与交通保障演练', lead: '市交通局', assisting: ['市公安局', '市应急局'], due: '2027-03-05', cycle: '每月' },
      { title: '城市更新专项体检报告编制', lead: '市住建局', assisting: ['市自然资源局'], level: '省级', due: '2027-02-20', cycle: '每月' },
      { title: '法治政府建设示范创建材料报送', lead: '市司法局', assisting: ['市政府办'], level: '省级', class: '一般事项' },
    ],
  },
  {
    aspect: '作风建设',
    sub: '八项规定',
    matters: [
      { title: '公务接待与公务用车管理专项检查问题整改', lead: '市纪委监委', assisting: ['市财政局'], class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '节日期间纪律要求落实情况抽查', lead: '市纪委监委', class: '一般事项', importance: '重要' },
      { title: '机关食堂反食品浪费成效评估', lead: '市政府办', assisting: ['市市场监管局'], class: '复杂事项', cycle: '无' },
      { title: '“三公”经费公开情况核查', lead: '市财政局', assisting: ['市审计局'], class: '一般事项' },
    ],
  },
  {
    aspect: '作风建设',
    sub: '两个责任',
    matters: [
      { title: '党风廉政建设主体责任清单报备', lead: '市纪委监委', assisting: ['市委组织部'], level: '州级', class: '一般事项', importance: '重要' },
      { title: '巡察反馈问题整改情况集中销号', lead: '市纪委监委', assisting: ['市教育局', '市卫健委', '市自然资源局'], level: '州级', class: '年底清零', cycle: '每月', policy: '年底清零', importance: '特别重要' },
      { title: '审计查出问题整改台账核验', lead: '市审计局', assisting: ['市财政局'], level: '省级', due: '2026-12-23', cycle: '每周', importance: '重要' },
      { title: '乡镇（街道）监察办公室规范化建设', lead: '市纪委监委', assisting: ['青盐镇', '北山路街道'], level: '州级', class: '复杂事项', cycle: '每周' },
    ],
  },
  {
    aspect: '作风建设',
    sub: '四风问题',
    matters: [
      { title: '整治形式主义为基层减负，精简报表与会议', lead: '市委办', assisting: ['市政府办'], level: '中央', class: '年底清零', cycle: '每月', importance: '重要' },
      { title: '政务移动应用程序清理整合', lead: '市政务大数据局', assisting: ['市委办'], level: '省级', class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '窗口单位服务态度投诉处理情况核查', lead: '市政务大数据局', assisting: ['市信访局'], class: '一般事项' },
      { title: '惠农补贴“一卡通”发放问题专项整治', lead: '市农牧局', assisting: ['市财政局', '市纪委监委'], level: '省级', due: '2026-12-16', cycle: '每周', importance: '重要' },
      { title: '村级组织挂牌清理规范', lead: '市民政局', assisting: ['白榆镇', '胡杨滩镇', '长峡乡'], level: '省级', class: '复杂事项', cycle: '每周' },
    ],
  },
  {
    aspect: '领导批示',
    sub: null,
    matters: [
      { title: '《关于城区东部片区停水频繁的信息专报》批示办理', lead: '市水利局', assisting: ['市住建局'], instructedBy: MAYOR, class: '一般事项', policy: '710一般事项', importance: '特别重要' },
      { title: '《关于牧区兽医力量不足的调研报告》批示办理', lead: '市农牧局', assisting: ['市委编办', '市人社局'], instructedBy: SECRETARY, class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '物流园区货车司机反映停车难问题批示办理', lead: '物流园区', assisting: ['市交通局'], instructedBy: DEPUTY_MAYOR, class: '一般事项', policy: '710一般事项', importance: '重要' },
      { title: '关于旧城区消防通道堵塞的批示办理', lead: '市消防大队', assisting: ['车站街道', '市城管局'], instructedBy: MAYOR, class: '一般事项', importance: '特别重要' },
      { title: '《盐碱地综合利用试点情况》批示办理', lead: '市农牧局', assisting: ['市自然资源局'], level: '省级', instructedBy: '省政府分管领导', class: '复杂事项', cycle: '每周', policy: '710复杂事项', importance: '特别重要' },
      { title: '关于退役军人就业创业园运营情况的批示办理', lead: '市退役军人局', instructedBy: DEPUTY_MAYOR, class: '复杂事项', cycle: '每周' },
      { title: '关于医保基金飞行检查发现问题的批示办理', lead: '市医保局', assisting: ['市卫健委'], level: '州级', instructedBy: '州政府分管领导', class: '复杂事项', cycle: '每5个工作日', importance: '重要' },
      { title: '《高原旅游厕所冬季停用问题》批示办理', lead: '市文旅局', assisting: ['市城管局'], instructedBy: DEPUTY_MAYOR, class: '一般事项' },
      { title: '关于快递末端网点布局的批示办理', lead: '市商务局', assisting: ['北山路街道', '河东街道'], instructedBy: DEPUTY_MAYOR, class: '复杂事项', cycle: '无' },
      { title: '关于劳务派遣用工不规范问题的批示办理', lead: '市人社局', assisting: ['市总工会'], instructedBy: MAYOR, class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '关于困境儿童关爱服务的批示办理', lead: '市民政局', assisting: ['团市委', '市妇联', '市教育局'], instructedBy: SECRETARY, class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '关于园区企业用电成本的批示办理', lead: '市发改委', assisting: ['工业园区'], instructedBy: MAYOR, due: '2026-12-21', cycle: '每周', importance: '重要' },
      { title: '关于信访积案化解进展的批示办理', lead: '市信访局', assisting: ['市委政法委', '市司法局'], level: '州级', instructedBy: '州委分管领导', due: '2027-02-10', cycle: '每周', importance: '特别重要' },
      { title: '关于草原鼠害防治的批示办理', lead: '市林草局', assisting: ['雪岭乡'], instructedBy: DEPUTY_MAYOR, due: '2027-05-28', cycle: '每月' },
      { title: '关于冬季瓜菜保供稳价的批示办理', lead: '市商务局', assisting: ['市发改委', '市农牧局'], instructedBy: MAYOR, class: '一般事项', importance: '重要' },
    ],
  },
  {
    aspect: '群众关注热点及其他',
    sub: null,
    matters: [
      { title: '12345热线集中反映的小区供暖温度不达标问题办理', lead: '市住建局', assisting: ['市城管局', '河西街道'], class: '一般事项', policy: '710一般事项', importance: '特别重要' },
      { title: '昆仑街道夜市噪声与油烟扰民投诉办理', lead: '市城管局', assisting: ['市生态环境局', '昆仑街道'], class: '一般事项' },
      { title: '城区学校上下学高峰交通拥堵治理', lead: '市公安局', assisting: ['市教育局', '市交通局'], class: '复杂事项', cycle: '每周', importance: '重要' },
      { title: '商品房逾期办证遗留问题化解', lead: '市自然资源局', assisting: ['市住建局', '市司法局'], due: '2027-06-25', cycle: '每月', importance: '特别重要' },
      { title: '农村客运“村村通”班次恢复', lead: '市交通局', assisting: ['雪岭乡', '沙枣沟乡'], class: '复杂事项', cycle: '每周' },
      { title: '社区老年助餐点运营补助发放', lead: '市民政局', assisting: ['市财政局', '北山路街道'], due: '2026-12-17', cycle: '每周' },
      { title: '网络反映的景区门票优惠政策不落实问题核查', lead: '市文旅局', class: '一般事项' },
      { title: '拖欠中小企业账款投诉件清偿', lead: '市工信科技局', assisting: ['市财政局', '市审计局'], level: '中央', class: '年底清零', cycle: '每月', policy: '年底清零', importance: '特别重要' },
      { title: '流浪犬管理与收容点建设', lead: '市城管局', assisting: ['市农牧局', '市公安局'], due: '2027-04-25', cycle: '每月' },
      { title: '老旧电梯故障频发小区更新改造', lead: '市市场监管局', assisting: ['市住建局', '车站街道'], due: '2027-03-30', cycle: '每月', importance: '重要' },
      { title: '城区公共厕所冬季开放情况整改', lead: '市城管局', class: '一般事项' },
      { title: '新就业形态劳动者服务站点建设', lead: '市总工会', assisting: ['市人社局', '团市委'], due: '2027-05-01', cycle: '每月' },
      { title: '妇女儿童维权服务热线运行情况评估', lead: '市妇联', assisting: ['市司法局'], class: '复杂事项', cycle: '无' },
      { title: '青年驿站入住政策兑现情况核查', lead: '团市委', assisting: ['市人社局'], class: '一般事项' },
      { title: '平安社区建设群众满意度反馈问题整改', lead: '市委政法委', assisting: ['市公安局', '河东街道', '河西街道'], class: '复杂事项', cycle: '每周', importance: '重要' },
    ],
  },
];
