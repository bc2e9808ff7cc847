#include "tests/generators/dsa_dump/dump.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <iterator>
#include <set>
#include <string_view>

namespace collate::dsa_dump {
namespace {

using Words = std::vector<std::string>;

const std::vector<std::string>& Categories() {
  static const auto* const list = new std::vector<std::string>{
      "STATEMENT_CATEGORY_PROTECTION_OF_MINORS",
      "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE",
      "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
      "STATEMENT_CATEGORY_VIOLENCE",
      "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
      "STATEMENT_CATEGORY_SELF_HARM",
      "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
      "STATEMENT_CATEGORY_UNSAFE_AND_PROHIBITED_PRODUCTS",
      "STATEMENT_CATEGORY_DATA_PROTECTION_AND_PRIVACY_VIOLATIONS",
      "STATEMENT_CATEGORY_CYBER_VIOLENCE",
      "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
      "STATEMENT_CATEGORY_OTHER_VIOLATION_TC"};
  return *list;
}

// Lists of a cell with several answers; most statements have none.
const std::vector<Words>& Additions() {
  static const auto* const list =
      new std::vector<Words>{{},
                             {"STATEMENT_CATEGORY_PROTECTION_OF_MINORS"},
                             {"STATEMENT_CATEGORY_CYBER_VIOLENCE",
                              "STATEMENT_CATEGORY_PROTECTION_OF_MINORS"},
                             {"STATEMENT_CATEGORY_VIOLENCE"}};
  return *list;
}

const std::vector<Words>& Keywords() {
  static const auto* const list =
      new std::vector<Words>{{},
                             {"KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS"},
                             {"KEYWORD_CHILD_SEXUAL_ABUSE_MATERIAL",
                              "KEYWORD_GROOMING_SEXUAL_ENTICEMENT_MINORS"},
                             {"KEYWORD_AGE_SPECIFIC_RESTRICTIONS_MINORS"},
                             {"KEYWORD_UNSAFE_CHALLENGES"},
                             {"KEYWORD_ADULT_SEXUAL_MATERIAL"},
                             {"KEYWORD_HATE_SPEECH", "KEYWORD_OTHER"}};
  return *list;
}

const std::vector<Words>& Visibilities() {
  static const auto* const list = new std::vector<Words>{
      {"DECISION_VISIBILITY_OTHER"},
      {"DECISION_VISIBILITY_CONTENT_REMOVED"},
      {"DECISION_VISIBILITY_CONTENT_AGE_RESTRICTED"},
      {"DECISION_VISIBILITY_CONTENT_DEMOTED",
       "DECISION_VISIBILITY_CONTENT_INTERACTION_RESTRICTED"},
      {"DECISION_VISIBILITY_CONTENT_DISABLED"},
      {}};
  return *list;
}

const std::vector<std::string>& Sources() {
  static const auto* const list = new std::vector<std::string>{
      "SOURCE_VOLUNTARY", "SOURCE_ARTICLE_16", "SOURCE_TYPE_OTHER_NOTIFICATION",
      "SOURCE_TRUSTED_FLAGGER"};
  return *list;
}

const std::vector<std::string>& Detections() {
  static const auto* const list = new std::vector<std::string>{"Yes", "No", ""};
  return *list;
}

const std::vector<std::string>& Decisions() {
  static const auto* const list = new std::vector<std::string>{
      "AUTOMATED_DECISION_FULLY", "AUTOMATED_DECISION_NOT_AUTOMATED",
      "AUTOMATED_DECISION_PARTIALLY"};
  return *list;
}

const std::vector<std::string>& Accounts() {
  static const auto* const list = new std::vector<std::string>{
      "", "DECISION_ACCOUNT_SUSPENDED", "DECISION_ACCOUNT_TERMINATED"};
  return *list;
}

const std::vector<std::string>& Monetaries() {
  static const auto* const list = new std::vector<std::string>{
      "", "DECISION_MONETARY_SUSPENSION", "DECISION_MONETARY_TERMINATION"};
  return *list;
}

const std::vector<std::string>& Provisions() {
  static const auto* const list =
      new std::vector<std::string>{"", "DECISION_PROVISION_PARTIAL_SUSPENSION",
                                   "DECISION_PROVISION_TOTAL_TERMINATION"};
  return *list;
}

// As fputcsv writes a field.
void AppendField(std::string_view text, std::string* out) {
  if (text.find_first_of(" ,\"\n\r\t\\") == std::string_view::npos) {
    out->append(text);
    return;
  }
  *out += '"';
  for (const char c : text) {
    if (c == '"') *out += '"';
    *out += c;
  }
  *out += '"';
}

std::string Field(std::string_view text) {
  std::string field;
  AppendField(text, &field);
  return field;
}

std::string ArrayField(const Words& words) {
  if (words.empty()) return "";
  std::string text = "[";
  for (const std::string& word : words) {
    if (text.size() > 1) text += ',';
    text += '"' + word + '"';
  }
  return Field(text + ']');
}

std::vector<std::string> ArrayFields(const std::vector<Words>& lists) {
  std::vector<std::string> fields;
  for (const Words& words : lists) fields.push_back(ArrayField(words));
  return fields;
}

// A made-up platform: its texts are as long as real ones, and as alike.
struct Platform {
  std::string name;
  std::string field;
  std::vector<std::string> visibility_other;
  std::vector<std::string> grounds;
  std::vector<std::string> explanations;
  std::vector<std::string> facts;
  std::string countries;
  std::string language;
  std::string content_type;
  int uid = 0;  // 0 a number, 1 a uuid, 2 a prefixed name
};

std::vector<std::string> Fields(std::initializer_list<const char*> texts) {
  std::vector<std::string> fields;
  for (const char* text : texts) fields.push_back(Field(text));
  return fields;
}

const std::vector<Platform>& Platforms() {
  static const auto* const list = [] {
    const std::string all =
        ArrayField({"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI",
                    "FR", "GR", "HR", "HU", "IE", "IT", "LI", "LT", "LU", "LV",
                    "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"});
    const std::vector<std::string> no_other = {""};
    auto* platforms = new std::vector<Platform>{
        {.name = "Clipstream",
         .visibility_other =
             Fields({"Clip not eligible for recommendation in the For All feed",
                     "Clip only shown to its maker"}),
         .grounds = Fields({"Minimum Age Requirement", "Dangerous Challenges",
                            "Harassment and Bullying", "Youth Safety"}),
         .explanations = Fields(
             {"Users must be 13 years and older to have an account. We want "
              "our service to be a safe and positive experience for people "
              "under the age of 18, which starts by being old enough to use "
              "it. If we learn that somebody is below the minimum age, we "
              "close that account. Clips made by anyone under 16 are not "
              "eligible for the For All feed and are harder to find in "
              "search.We enforce our rules through a mix of technology and "
              "human moderation. We found this breach with automated "
              "measures. We used automated measures in making this decision.",
              "We do not allow clips that show, promote or make light of "
              "dangerous activities and challenges, among them those that may "
              "lead to serious injury, \"dares\" and the like. We remove such "
              "clips or keep them out of the feed of users under 18, and we "
              "tell the maker why.\nIf you think that we are wrong, you can "
              "appeal within six months.\nWe enforce our rules through a mix "
              "of technology and human moderation. We found this breach with "
              "automated measures.",
              "We stand for an open exchange, and we take abuse seriously: we "
              "do not allow language or behaviour that harasses, humiliates, "
              "threatens or exposes anybody, on or off our service. People "
              "who are affected can filter, report and block. We enforce our "
              "rules through a mix of technology and human moderation."}),
         .facts = Fields({"The decision was taken pursuant to own-initiative "
                          "investigations.",
                          "The decision was taken after a notice."}),
         .countries = all,
         .content_type = "CONTENT_TYPE_VIDEO",
         .uid = 0},
        {.name = "Pinwall",
         .visibility_other = Fields({"Limited distribution"}),
         .grounds = Fields({"Adult content", "Misinformation, health"}),
         .explanations = Fields(
             {"This Pin violates our rules on adult content. We limit the "
              "distribution of, or remove, mature and explicit content, "
              "depending on context, and we make our decisions with people "
              "and machines together.",
              "Diese Pinnwand verst\xC3\xB6\xC3\x9Ft gegen unsere Regeln "
              "f\xC3\xBCr "
              "Inhalte, die f\xC3\xBCr Erwachsene bestimmt sind; \xC3\xBC"
              "ber die "
              "Gr\xC3\xBCnde haben wir das Mitglied unterrichtet."}),
         .facts = Fields(
             {"We identified this violation through our own investigation. "
              "This Pin violates our rules on adult content. Its image was "
              "compared with images that people had reviewed before, and the "
              "decision follows theirs; a person can look at it again when "
              "the member asks for it. Related Pins of the same image were "
              "decided on in the same way, in all of the Member States."}),
         .countries = all,
         .content_type = "CONTENT_TYPE_OTHER",
         .uid = 1},
        {.name = "Market \"Old Town\", Wien",
         .visibility_other = no_other,
         .grounds = Fields({"Prohibited articles", "Counterfeit goods"}),
         .explanations = Fields(
             {"Listings of prohibited articles are removed: weapons, "
              "medicines, tobacco, animals, recalled products and others as "
              "our list says (see \xC2\xA7 4, \xE2\x80\x9Everbotene "
              "Artikel\xE2\x80\x9C). The seller was told, and may offer the "
              "article again once it is allowed. Repeated listings may lead "
              "to the loss of the account, as our terms explain in detail."}),
         .facts = Fields(
             {"A notice named the listing; it was checked by a member of our "
              "team against the list of prohibited articles, which is part of "
              "the terms and conditions of our service; the title, the "
              "description and the first three images were looked at. The "
              "article was found to be on the list.",
              "Our filter found words in the title, a person confirmed that "
              "the article is prohibited, and the listing was taken down "
              "within the hour; the seller was told by mail and in the "
              "account, with the reasons and the ways to complain."}),
         .countries = ArrayField({"AT", "DE", "IT", "SI"}),
         .language = "DE",
         .content_type = "CONTENT_TYPE_PRODUCT",
         .uid = 2},
        {.name = "Facegram",
         .visibility_other = no_other,
         .grounds = Fields({"Child Sexual Exploitation", "Fraud and Scams",
                            "Spam", "Hateful Conduct"}),
         .explanations = Fields(
             {"We do not allow content or activity that sexually exploits or "
              "endangers children. When we become aware of apparent child "
              "exploitation, we report it to the bodies that the law names, "
              "remove it and act against the accounts that share it. We also "
              "restrict the display of images of children, and we take note "
              "of the context. Please see our rules for more.",
              "We remove content that tries to gather likes, follows, shares "
              "or clicks by deception, and content that is posted at very "
              "high frequency, so that people can trust what they see and "
              "who they deal with. Our systems look at how often, how fast "
              "and from where something is posted, not at opinions. Please "
              "see our rules for more, C:\\rules\\spam for moderators."}),
         .facts = Fields(
             {"The content was found by our own systems, which compare what "
              "is posted with what was decided on before.",
              "The content was found by our own systems and decided on by a "
              "person."}),
         .countries = all,
         .content_type = "CONTENT_TYPE_IMAGE",
         .uid = 0},
        {.name = "Tubeville",
         .visibility_other = no_other,
         .grounds = Fields({"Violent or graphic", "Child safety"}),
         .explanations = Fields(
             {"Content that endangers the emotional and physical well-being "
              "of minors is not allowed. A minor is anybody under the age of "
              "18. This applies to videos, descriptions, comments, live "
              "streams and any other product or feature. Links in content "
              "that lead to such content elsewhere are not allowed either. "
              "We may restrict the account, give a strike or end the channel "
              "where the breach is severe, and we tell the creator what was "
              "found and where, so that they can appeal against it."}),
         .facts = Fields({"Detected by automation and confirmed.",
                          "Detected by automation alone, appeal open."}),
         .countries = all,
         .content_type = "CONTENT_TYPE_VIDEO",
         .uid = 2},
        {.name = "Chatterbox Channels",
         .visibility_other = no_other,
         .grounds = Fields({"Terms of Service, section 3"}),
         .explanations = Fields(
             {"Le compte ne respecte pas les r\xC3\xA8gles du service : "
              "contenus envoy\xC3\xA9s en masse, \xC3\xA0 des personnes qui "
              "ne les avaient pas demand\xC3\xA9s. L'\xC3\xA9quipe a "
              "v\xC3\xA9rifi\xC3\xA9 le signalement, puis a suspendu le "
              "compte.",
              "The account does not keep to the terms of the service."}),
         .facts = Fields(
             {"Messages are not read. Reports of the people who received "
              "them, the number of reports and the age of the account led to "
              "the decision, which a person has reviewed; the member can ask "
              "for another review at any time, free of charge, in the app."}),
         .countries = ArrayField({"FR", "BE", "LU"}),
         .language = "FR",
         .content_type = "CONTENT_TYPE_TEXT",
         .uid = 1}};
    for (Platform& platform : *platforms) {
      platform.field = Field(platform.name);
      platform.content_type = ArrayField({platform.content_type});
    }
    return platforms;
  }();
  return *list;
}

constexpr std::string_view kColumns[] = {"uuid",
                                         "decision_visibility",
                                         "decision_visibility_other",
                                         "end_date_visibility_restriction",
                                         "decision_monetary",
                                         "decision_monetary_other",
                                         "end_date_monetary_restriction",
                                         "decision_provision",
                                         "end_date_service_restriction",
                                         "decision_account",
                                         "end_date_account_restriction",
                                         "account_type",
                                         "decision_ground",
                                         "decision_ground_reference_url",
                                         "illegal_content_legal_ground",
                                         "illegal_content_explanation",
                                         "incompatible_content_ground",
                                         "incompatible_content_explanation",
                                         "incompatible_content_illegal",
                                         "category",
                                         "category_addition",
                                         "category_specification",
                                         "category_specification_other",
                                         "content_type",
                                         "content_type_other",
                                         "content_language",
                                         "content_date",
                                         "content_id_ean",
                                         "territorial_scope",
                                         "application_date",
                                         "decision_facts",
                                         "source_type",
                                         "source_identity",
                                         "automated_detection",
                                         "automated_decision",
                                         "platform_name",
                                         "platform_uid",
                                         "created_at"};

std::string DayAfter(const std::string& day) {
  int year = 0;
  unsigned month = 0, of_month = 0;
  std::sscanf(day.c_str(), "%d-%u-%u", &year, &month, &of_month);
  const std::chrono::year_month_day next(
      std::chrono::sys_days(std::chrono::year(year) /
                            std::chrono::month(month) /
                            std::chrono::day(of_month)) +
      std::chrono::days(1));
  char text[32];
  std::snprintf(
      text, sizeof text, "%04d-%02u-%02u", static_cast<int>(next.year()),
      static_cast<unsigned>(next.month()), static_cast<unsigned>(next.day()));
  return text;
}

void AppendTwo(uint64_t number, std::string* out) {
  *out += static_cast<char>('0' + number / 10 % 10);
  *out += static_cast<char>('0' + number % 10);
}

}  // namespace

Dump::Dump(const Options& options)
    : options_(options), next_day_(DayAfter(options.day)) {
  state_[0] = options.seed * 0x9E3779B97F4A7C15 + 1;
  state_[1] = options.seed ^ 0xD6E8FEB86659FD93;
  for (int i = 0; i < 8; ++i) Random();
}

// xorshift128+
uint64_t Dump::Random() {
  uint64_t a = state_[0];
  const uint64_t b = state_[1];
  state_[0] = b;
  a ^= a << 23;
  state_[1] = a ^ b ^ (a >> 18) ^ (b >> 5);
  return state_[1] + b;
}

std::string Dump::Header() const {
  std::string header;
  for (const std::string_view column : kColumns) {
    if (column == "content_id_ean" && options_.schema < 2) continue;
    if (options_.light &&
        (column == "illegal_content_explanation" ||
         column == "incompatible_content_explanation" ||
         column == "territorial_scope" || column == "decision_facts")) {
      continue;
    }
    if (!header.empty()) header += ',';
    header += column;
  }
  return header + '\n';
}

Dump::Said Dump::Choose() {
  // Platforms send alike statements in a row: so dumps pack as well as they do.
  if (made_ > 0 && Below(12) != 0) return said_last_;
  variant_ = Random();
  Said said;
  const auto skewed = [this](size_t size) {
    // The first of a list is the most usual.
    return static_cast<uint8_t>(
        std::min(Below(size), std::min(Below(size), Below(size))));
  };
  const auto rarely = [this](size_t size, uint64_t one_in) {
    return static_cast<uint8_t>(Below(one_in) == 0 ? Below(size) : 0);
  };
  said.platform = skewed(Platforms().size());
  said.category = skewed(Categories().size());
  said.addition = rarely(Additions().size(), 40);
  said.keywords = rarely(Keywords().size(), 6);
  said.source = skewed(Sources().size());
  said.detection = rarely(Detections().size(), 3);
  said.decision = rarely(Decisions().size(), 3);
  said.account = rarely(Accounts().size(), 12);
  said.visibility = said.account != 0 && Below(2) == 0
                        ? static_cast<uint8_t>(Visibilities().size() - 1)
                        : skewed(Visibilities().size() - 1);
  said.monetary = rarely(Monetaries().size(), 100);
  said.provision = rarely(Provisions().size(), 60);
  said_last_ = said;
  return said;
}

void Dump::AppendUuid(std::string* out) {
  constexpr char kDigits[] = "0123456789abcdef";
  char text[36];
  uint64_t bits = Random();
  for (int i = 0; i < 36; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      text[i] = '-';
      continue;
    }
    if (i == 19) bits = Random();
    text[i] = kDigits[bits & 15];
    bits >>= 4;
  }
  out->append(text, sizeof text);
}

void Dump::AppendTime(const std::string& day, std::string* out) {
  const uint64_t second =
      options_.records == 0 ? 0 : made_ * 86400 / options_.records % 86400;
  *out += '"';
  *out += day;
  *out += ' ';
  AppendTwo(second / 3600, out);
  *out += ':';
  AppendTwo(second / 60 % 60, out);
  *out += ':';
  AppendTwo(second % 60, out);
  *out += '"';
}

void Dump::Write(const Said& said, std::string* out) {
  static const auto* const visibilities =
      new std::vector<std::string>(ArrayFields(Visibilities()));
  static const auto* const additions =
      new std::vector<std::string>(ArrayFields(Additions()));
  static const auto* const keywords =
      new std::vector<std::string>(ArrayFields(Keywords()));
  const Platform& platform = Platforms()[said.platform];
  const auto any =
      [this](const std::vector<std::string>& texts) -> const std::string& {
    return texts[variant_ % texts.size()];
  };
  // Most content is decided on at once, some of it is weeks old.
  const uint64_t application_day = 1 + variant_ / 256 % 3;
  const uint64_t content_day = Below(8) == 0 ? 1 + Below(28) : application_day;
  const auto day = [this](uint64_t of_month, std::string* to) {
    *to += '"';
    *to += options_.day.substr(0, 8);
    AppendTwo(of_month, to);
    *to += " 00:00:00\"";
  };
  std::string& text = *out;
  AppendUuid(&text);
  text += ',';
  text += (*visibilities)[said.visibility];
  text += ',';
  if (said.visibility == 0) text += any(platform.visibility_other);
  text += ",,";
  text += Monetaries()[said.monetary];
  text += ",,,";
  text += Provisions()[said.provision];
  text += ",,";
  text += Accounts()[said.account];
  text += ",,";
  if (said.account != 0) text += "ACCOUNT_TYPE_PRIVATE";
  text += ",DECISION_GROUND_INCOMPATIBLE_CONTENT,";
  if (variant_ / 64 % 4 == 0) {
    text += "https://rules.example/eu/";
    AppendTwo(Below(100), &text);
  }
  text += ",,";
  if (!options_.light) text += ',';
  text += any(platform.grounds);
  text += ',';
  if (!options_.light) {
    text += any(platform.explanations);
    text += ',';
  }
  if (said.source == 1) text += "No";
  text += ',';
  text += Categories()[said.category];
  text += ',';
  text += (*additions)[said.addition];
  text += ',';
  text += (*keywords)[said.keywords];
  text += ",,";
  text += platform.content_type;
  text += ",,";
  text += platform.language;
  text += ',';
  day(content_day, &text);
  text += ',';
  if (options_.schema >= 2) text += ',';
  if (!options_.light) {
    text += platform.countries;
    text += ',';
  }
  day(application_day, &text);
  text += ',';
  if (!options_.light) {
    text += any(platform.facts);
    text += ',';
  }
  text += Sources()[said.source];
  text += ",,";
  text += Detections()[said.detection];
  text += ',';
  text += Decisions()[said.decision];
  text += ',';
  text += platform.field;
  text += ',';
  if (platform.uid == 1) {
    AppendUuid(&text);
  } else {
    if (platform.uid == 2) text += "user_";
    text += std::to_string(7345617503298525984u + Random() % 1000000000000u);
  }
  text += ',';
  AppendTime(said.day == 0 ? options_.day : next_day_, &text);
  text += '\n';
}

bool Dump::Harm(Damage damage, size_t begin, std::string* out) {
  std::string& text = *out;
  const size_t end = text.size();
  const size_t category = text.find(",STATEMENT_CATEGORY_", begin);
  switch (damage) {
    case Damage::kOpenQuote: {
      const size_t at = text.find("\",", category);
      if (at == std::string::npos || at + 2 >= end) return false;
      text.erase(at, 1);
      return true;
    }
    case Damage::kBadUtf8:
      text[category - 20 > begin + 40 ? category - 20 : begin + 45] = '\xFF';
      return true;
    case Damage::kStrayQuote:
      text[category + 5] = '"';
      return true;
    case Damage::kLostField:
      text.erase(text.find(",,", begin), 1);
      return true;
    case Damage::kExtraField:
      text.insert(category, ",");
      return true;
    case Damage::kBadTime:
      text[end - 9] = 'x';
      return true;
    case Damage::kBadCode:
      text[category + 3] = 'a';
      return true;
    case Damage::kLostLineEnd:
      text[end - 1] = '#';
      return true;
  }
  return false;
}

bool Dump::Append(std::string* out) {
  if (made_ == options_.records) return false;
  const size_t begin = out->size();
  const auto every = [this](uint64_t n) { return n > 0 && made_ % n == n - 1; };
  if (every(options_.duplicate_every) && !last_.empty()) {
    out->append(last_);
    ++made_;
    ++totals_.duplicates;
    return true;
  }
  Said said = Choose();
  if (every(options_.next_day_every)) said.day = 1;
  Write(said, out);
  const bool swallowed = swallow_;
  swallow_ = false;
  bool whole = !swallowed;
  if (whole && every(options_.damage_every)) {
    const auto damage =
        static_cast<Damage>(made_ / options_.damage_every % kDamageCount);
    // The last record has no next one to be swallowed.
    if (damage != Damage::kLostLineEnd || made_ + 1 < options_.records) {
      whole = !Harm(damage, begin, out);
      swallow_ = !whole && damage == Damage::kLostLineEnd;
    }
  }
  ++made_;
  if (options_.duplicate_every > 0) {
    last_.clear();
    if (whole) last_ = out->substr(begin);
  }
  if (!whole) {
    ++totals_.lost;
    return true;
  }
  ++totals_.counted;
  uint64_t key = 0;
  for (const uint8_t part :
       {said.day, said.platform, said.category, said.addition, said.keywords,
        said.source, said.detection, said.decision, said.account,
        said.visibility, said.monetary, said.provision}) {
    key = key << 5 | part;
  }
  auto& [first, count] = said_[key];
  first = said;
  ++count;
  return true;
}

Truth Dump::TruthSoFar() const {
  Truth truth = totals_;
  for (const auto& [key, entry] : said_) {
    const auto& [said, count] = entry;
    const std::string& day = said.day == 0 ? options_.day : next_day_;
    const std::string& platform = Platforms()[said.platform].name;
    const std::string& category = Categories()[said.category];
    truth.statements[{day, platform, category, Sources()[said.source],
                      Detections()[said.detection], Decisions()[said.decision],
                      Accounts()[said.account]}] += count;
    std::set<std::string> harms(Additions()[said.addition].begin(),
                                Additions()[said.addition].end());
    harms.insert(category);
    for (const std::string& keyword : Keywords()[said.keywords]) {
      for (const std::string& harm : harms) {
        truth.by_keyword[{day, platform, harm, keyword}] += count;
      }
    }
    Words restrictions = Visibilities()[said.visibility];
    for (const std::string* word :
         {&Monetaries()[said.monetary], &Provisions()[said.provision],
          &Accounts()[said.account]}) {
      if (!word->empty()) restrictions.push_back(*word);
    }
    for (const std::string& restriction : restrictions) {
      truth.restrictions[{day, platform, category, restriction}] += count;
    }
  }
  return truth;
}

}  // namespace collate::dsa_dump
