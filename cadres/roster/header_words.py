"""Headers that units write for the fields of a roster, without spaces, brackets and punctuation.

``{field: words, separated by spaces}``. A word belongs to one field; one that fits several stands in
``AMBIGUOUS`` and is asked about.
"""

WORDS: dict[str, str] = {
    "name": "名字 人员姓名 干部姓名 老干部姓名 离退休干部姓名 老同志姓名 本人姓名 姓名姓名",
    "sex": "男女",
    "ethnicity": "族别",
    "birth_date": "出生日期 出生时间 出生年月日 出生 生日 出生月份 公历生日 阳历生日 公历出生日期",
    "lunar_birthday": (
        "农历生日 阴历生日 农历出生日期 农历出生年月 阴历出生日期 农历出生时间 阴历出生年月 农历生日月日"
    ),
    "id_number": (
        "身份证号码 身份号码 公民身份号码 公民身份证号码 身份证 证件号码 证件号 居民身份证号码"
        " 居民身份证号 公民身份证号 本人身份证号 本人身份证号码 有效身份证号码 身份证件号码"
        " 二代身份证号码"
    ),
    "education": "学历 最高学历 文化 学历情况 受教育程度 最高文化程度 学历层次",
    "political_status": "政治面目 党派 政治身份 是否党员 是否中共党员 党员",
    "party_joined_on": (
        "入党年月 入党日期 入党年月日 加入中国共产党时间 加入中共时间 加入党组织时间 加入党派时间"
        " 参加党派时间 何时入党"
    ),
    "work_started_on": (
        "参加工作年月 参加工作日期 工作时间 参工时间 参工年月 参加工作 何时参加工作 参加工作年月日"
        " 开始工作时间"
    ),
    "revolution_joined_on": (
        "参加革命时间 参加革命工作年月 参加革命年月 参加革命日期 参加革命工作日期 参加革命"
        " 参加革命工作 何时参加革命 何时参加革命工作 革命工作时间 入伍时间 参军时间 入伍年月"
    ),
    "retired_on": (
        "离退日期 退休年月 离退休日期 离退休年月 离退时间 离退年月 离退休批准时间 离退批准时间"
        " 退休时间 退休日期 离休时间 离休年月 离休日期 批准离退休时间 离退休审批时间 批准退休时间"
        " 批准离休时间 离岗时间 离休退休时间 离退休年月日"
    ),
    "category": (
        "离退类别 人员类别 类别 离退休类别 离退类型 人员类型 离休退休 离退休 离退 离退性质 离退休性质"
        " 人员性质 离退休状态 离休或退休 身份类别 享受类别"
    ),
    "unit_name": (
        "单位名称 原单位 原工作单位 工作单位 所在单位 单位全称 原单位名称 离退休单位 离退休前单位"
        " 离退前单位 退休单位 退休前单位 退休时单位 原所在单位 离退休前工作单位 退休前工作单位"
        " 原工作单位名称 所属单位 人事关系所在单位 归属单位 离退休时单位 离退休前所在单位 工作单位名称"
    ),
    "unit_post": (
        "原工作单位及职务 退休时单位及岗位 单位及职务 工作单位及职务 原单位职务 原工作单位职务"
        " 单位职务 离退休前单位及职务 离退前单位及职务 退休前单位及职务 离退休时单位及职务"
        " 退休时单位及职务 离退休前工作单位及职务 原单位和职务 工作单位和职务 单位和职务"
        " 原任单位及职务 工作单位职务 退休时所在单位及岗位 退休前单位及岗位"
    ),
    "nature": "单位类别 单位类型 性质 编制类型 编制性质 编制 原单位性质 单位属性 独立核算单位性质",
    "affiliation": (
        "隶属关系 所属县区 所属区县 所在县区 所在区县 县区 区县 所属地区 隶属地区 单位隶属 隶属区县"
        " 所属区域 县市区 区县名称"
    ),
    "system": "系统 主管部门 主管单位 上级主管部门 所属系统 主管局",
    "rank": (
        "职级 原职级 离退前级别 职务层次 离退休前级别 原级别 行政级别 退休前级别 离休前级别 退休级别"
        " 职务级别 离退休时级别 离退休级别 退休时级别 退休时职级 离退休前职级 职级级别"
    ),
    "treatment_rank": (
        "享受待遇 现享受待遇级别 享受待遇级别 现享受级别 待遇级别 政治生活待遇 现待遇 现享受何种待遇"
        " 享受何级待遇"
    ),
    "medical_rank": "享受医疗待遇 医疗待遇级别 医疗级别 现享受医疗待遇 享受医疗待遇级别",
    "post": (
        "原职务 离退休前职务 离退前职务 退休前职务 离休前职务 岗位 退休时岗位 原任职务 行政职务"
        " 退休职务 离退休时职务 职务名称 退休时职务 职务岗位"
    ),
    "post_rank": "职务职级 职务及职级 职务级别待遇 职务和职级",
    "title": "专业技术职称 技术职称 专业技术职务 职称级别 专业职称",
    "health": "身体状况 身体情况 健康情况 健康程度 身体健康状况 健康",
    "self_care": "生活自理能力 生活自理 能否自理 生活能否自理 自理情况 生活自理情况 自理程度",
    "living": "居住情况 居住状态 居住方式 居住形式 是否独居 空巢独居",
    "marriage": "婚姻 婚姻情况 婚姻状态 婚否",
    "address": (
        "现居住地 实际居住地 家庭住址 现住址 住址 家庭地址 居住地址 现居住地址 现家庭住址 居住地"
        " 常住地 详细住址 居住住址 实际居住地址 现居地 地址 现住地址 家庭详细住址 家庭居住地址"
        " 通讯地址 详细地址 居住详细地址"
    ),
    "registered_address": "户口所在地 户籍所在地 户籍 户籍地 户口地址 户籍住址 户口 户籍详细地址",
    "native_place": "祖籍 出生地 原籍",
    "street_name": "所在街道 街道名称 所属街道 乡镇街道 街道乡镇 所在街道乡镇 居住街道",
    "community_name": "所在社区 社区名称 所属社区 居住社区 社区村 所在社区村 居住地社区 所在村社区",
    "phone": (
        "电话 手机号码 联系方式 手机 手机号 电话号码 本人电话 固定电话 住宅电话 移动电话 联系手机"
        " 本人联系电话 联系电话手机 家庭电话 手机电话 本人手机号码 本人联系方式 宅电"
    ),
    "bank_account": "银行卡号 银行账户 账号 卡号 开户账号 工资卡号 银行帐号 帐号 社保卡账号",
    "relocated": (
        "易地 易地安置情况 易地安置人员 易地安置地 安置地 易地居住 易地安置地点 易地安置地区 易地离退休"
    ),
    "managing_unit": "现服务单位 管理单位 现管理单位 服务单位 服务管理单位 管理服务单位 现管理服务单位",
    "hobbies": "爱好 兴趣 个人爱好 业余爱好",
    "specialties": "个人特长 专业特长 专长 特长专长 技能特长",
    "spouse_name": "配偶 老伴姓名 爱人姓名 配偶姓名姓名",
    "spouse_phone": "配偶联系电话 老伴电话 配偶联系方式 配偶手机号码 配偶手机",
    "children_names": "子女 儿女姓名 子女名字",
    "children_phones": "子女联系电话 子女联系方式 儿女电话 子女手机号码 子女手机",
    "family_names": (
        "家庭成员 家属姓名 家属 主要家庭成员 联系人 联系人姓名 紧急联系人 紧急联系人姓名 亲属姓名"
        " 家庭成员名单"
    ),
    "family_kinships": (
        "与本人关系 关系 联系人关系 家属关系 与老干部关系 与联系人关系 家庭成员与本人关系"
        " 联系人与本人关系 紧急联系人关系 称谓"
    ),
    "family_phones": (
        "家属电话 联系人电话 家属联系电话 紧急联系人电话 亲属电话 家属联系方式 家庭成员联系电话"
        " 联系人联系电话 联系人联系方式 家庭成员联系方式 紧急联系人联系方式 紧急联系电话"
    ),
    "deceased": (
        "去世 已故 离世 死亡时间 去世日期 逝世时间 离世时间 病故时间 故去时间 去世年月 病故 死亡日期"
        " 已去世 在世 健在 生存状况 人员状态 状态 人员现状"
    ),
    "remarks": "说明 备考 备注说明 其他说明 附注 其他 其他情况 备注情况",
}

# Headers that tell nothing to keep: read past, and said so on the mapping page.
_IGNORED = {
    "行的编号，不读": "序号 编号 号 顺序号 行号 序 排序 总序号 分序号 人员编号 档案号 干部编号",
    "由日期算出，不读": (
        "年龄 周岁 虚岁 现年 年龄周岁 年龄岁 实足年龄 年龄虚岁 实际年龄 党龄 工龄 生肖 属相 年龄段"
    ),
    "上次标注的错误，不读": "错误信息",
    "不是文字资料，不读": "照片 签字 签名 签领 本人签字 领取人签字 相片",
}
IGNORED: dict[str, str] = {word: reason for reason, words in _IGNORED.items() for word in words.split()}

# Headers that fit several fields: always asked.
AMBIGUOUS: dict[str, tuple[str, ...]] = {
    "待遇": ("treatment_rank", "medical_rank", "rank"),
    "时间": ("retired_on", "work_started_on", "revolution_joined_on", "party_joined_on", "birth_date"),
    "日期": ("retired_on", "work_started_on", "revolution_joined_on", "party_joined_on", "birth_date"),
    "年月": ("birth_date", "retired_on", "work_started_on"),
    "批准时间": ("retired_on", "party_joined_on"),
    "批准日期": ("retired_on", "party_joined_on"),
    "身份": ("category", "nature", "political_status"),
    "类型": ("category", "nature"),
    "状况": ("health", "living", "marriage", "self_care"),
    "情况": ("health", "living", "remarks"),
    "号码": ("id_number", "phone", "bank_account"),
    "所在地": ("address", "registered_address", "affiliation"),
    "区域": ("affiliation", "street_name", "community_name"),
    "组织区域": ("affiliation", "street_name", "community_name"),
    "街道社区": ("street_name", "community_name"),
    "所在街道社区": ("street_name", "community_name"),
    "所属街道社区": ("street_name", "community_name"),
    "职务职称": ("post", "title"),
    "级别待遇": ("rank", "treatment_rank"),
    "职级待遇": ("rank", "treatment_rank"),
}

# Banners under which 姓名, 电话 … belong to somebody else.
_OTHERS = {
    "配偶": "配偶 老伴 爱人 配偶情况",
    "子女": "子女 儿女 子女情况",
    "家庭成员": (
        "家庭成员 家属 亲属 联系人 紧急联系人 家庭主要成员 主要家庭成员 家庭成员情况 家庭情况 家属情况"
    ),
    "遗属": "遗属 遗属情况",
    "监护人": "监护人",
    "联络员": "联络员",
    "负责人": "负责人",
}
OTHER_PERSONS: dict[str, str] = {word: who for who, words in _OTHERS.items() for word in words.split()}
