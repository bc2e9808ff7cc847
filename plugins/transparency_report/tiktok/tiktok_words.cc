#include "plugins/transparency_report/tiktok/tiktok_words.h"

#include <algorithm>
#include <cassert>
#include <initializer_list>
#include <iterator>

#include "plugins/tabular/header.h"
#include "plugins/tabular/number.h"

namespace collate::transparency_report {
namespace {

using tabular::NormaliseName;

constexpr sdk::Aggregation kSum = sdk::Aggregation::kSum;
constexpr sdk::Aggregation kUnique = sdk::Aggregation::kUnique;
constexpr sdk::Aggregation kNone = sdk::Aggregation::kNone;

constexpr TiktokMeasure kMeasures[] = {
    {"tiktok_videos_removed", "Total videos removed", "videos", kSum},
    {"tiktok_videos_restored", "Videos restored", "videos", kSum},
    {"tiktok_videos_of_fake_accounts", "Videos removed from fake accounts",
     "videos", kSum},
    // An account can be removed again after it was restored.
    {"tiktok_accounts_removed", "Accounts removed", "accounts", kUnique},
    {"tiktok_fake_accounts_prevented", "Fake accounts prevented",
     "accounts prevented", kSum},
    {"tiktok_ads_removed", "Ad removals", "advertisements", kSum},
    {"tiktok_ads_of_accounts", "Ads removed due to account actions",
     "advertisements", kSum},
    {"tiktok_fake_likes_prevented", "Fake likes prevented", "likes", kSum},
    {"tiktok_fake_likes_removed", "Fake likes removed", "likes", kSum},
    {"tiktok_fake_follow_requests", "Fake follow requests prevented",
     "follow requests", kSum},
    {"tiktok_fake_followers", "Fake followers removed", "followers", kSum},
    {"tiktok_live_suspended", "LIVE sessions suspended", "LIVE sessions", kSum},
    {"tiktok_live_restored", "LIVE sessions restored", "LIVE sessions", kSum},
    {"tiktok_comments_removed", "Comments removed", "comments", kSum},
    {"tiktok_comments_by_creators", "Comments actioned by video creators",
     "comments", kSum},
    {"tiktok_proactive_removal_rate", "Proactive removal rate", "fraction",
     kNone},
    {"tiktok_removal_rate_before_views", "Removal rate before any views",
     "fraction", kNone},
    {"tiktok_removal_rate_24_hours", "Removal rate within 24 hours", "fraction",
     kNone},
    {"tiktok_removal_rate_of_published", "Video: Removal rate of published",
     "fraction", kNone},
    {"tiktok_live_suspension_rate", "LIVE: Suspension rate of published",
     "fraction", kNone},
    {"tiktok_comment_removal_rate", "Comment: removal rate of published",
     "fraction", kNone},
    {"tiktok_category_share", "Category share", "fraction", kNone},
    {"tiktok_removals_by_views_share",
     "Total videos removed, share of total removals", "fraction", kNone},
    {"tiktok_user_reports_share", "Percentage of user reports actioned",
     "fraction", kNone},
    {"tiktok_moderators_share", "Percentage of moderators assigned", "fraction",
     kNone},
    {"tiktok_half_year_removal_rate", "Removal rate", "fraction", kNone},
};

// Task types: with "all", the metric stands for itself.
constexpr char kAll[] = "all";
constexpr char kTaskType[] = "task type";

// A metric in an edition's spelling, normalised, where it is not the one of the
// newest, and the task types that it was printed with. Renamed metrics print
// the same figures as before for every quarter that two editions share.
struct Spelling {
  const char* metric;
  const char* task_type;
  const char* id;
  const char* task_axis = "";
};
constexpr Spelling kSpellings[] = {
    {"total videos removed", kTaskType, "tiktok_videos_removed", "moderation"},
    {"total videos removed", "share of total removals",
     "tiktok_removals_by_views_share", "removal_views"},
    {"video removal by spam account removal", kAll,
     "tiktok_videos_of_fake_accounts"},
    {"total accounts removed", kAll, "tiktok_accounts_removed"},
    {"blocked spam account creation", kAll, "tiktok_fake_accounts_prevented"},
    {"proactive removal rate", kTaskType, "tiktok_proactive_removal_rate",
     "moderation"},
    {"removal rate before any views", kTaskType,
     "tiktok_removal_rate_before_views", "moderation"},
    {"removal rate within 24 hours", kTaskType, "tiktok_removal_rate_24_hours",
     "moderation"},
    {"removal rate of published", kAll, "tiktok_removal_rate_of_published"},
    {"category share", kTaskType, "tiktok_category_share", "moderation"},
    {"percentage of community reports actioned", "turn around time",
     "tiktok_user_reports_share", "report_turnaround"},
    {"percentage of user reports actioned", "turn around time",
     "tiktok_user_reports_share", "report_turnaround"},
};
// Never printed without a task.
constexpr const char* kOnlyByTask[] = {"tiktok_removals_by_views_share",
                                       "tiktok_user_reports_share"};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return out;
}

// 1 to 12, or 0.
int MonthOf(std::string_view text) {
  static constexpr const char* kMonths[] = {"jan", "feb", "mar", "apr",
                                            "may", "jun", "jul", "aug",
                                            "sep", "oct", "nov", "dec"};
  const auto at =
      std::find(std::begin(kMonths), std::end(kMonths), Lower(text));
  return at == std::end(kMonths)
             ? 0
             : static_cast<int>(at - std::begin(kMonths)) + 1;
}

std::optional<sdk::Period> MonthsOf(int year, int first, int last,
                                    std::string_view text) {
  const int months = last - first + 1;
  if ((months != 3 && months != 6) || (first - 1) % months != 0) {
    return std::nullopt;
  }
  const auto begin = sdk::FirstOfMonth(year, first);
  const auto end = sdk::FirstOfMonth(year, last + 1);
  if (!begin.has_value() || !end.has_value()) return std::nullopt;
  return sdk::Period{.begin = *begin,
                     .end = *end,
                     .kind = months == 3 ? sdk::PeriodKind::kCalendarQuarter
                                         : sdk::PeriodKind::kInterval,
                     .text = std::string(text)};
}

}  // namespace

const TiktokMeasure& TiktokMeasureOf(std::string_view id) {
  const auto at =
      std::find_if(std::begin(kMeasures), std::end(kMeasures),
                   [id](const TiktokMeasure& m) { return id == m.id; });
  assert(at != std::end(kMeasures));
  return *at;
}

std::optional<TiktokMeaning> FindTiktokMeaning(std::string_view metric,
                                               std::string_view task_type) {
  const std::string name = NormaliseName(metric);
  const std::string task = NormaliseName(task_type);
  for (const Spelling& spelling : kSpellings) {
    if (name == spelling.metric && task == spelling.task_type) {
      return TiktokMeaning{&TiktokMeasureOf(spelling.id), spelling.task_axis};
    }
  }
  if (task != kAll) return std::nullopt;
  for (const TiktokMeasure& measure : kMeasures) {
    if (name != NormaliseName(measure.words)) continue;
    const bool by_task = std::any_of(
        std::begin(kOnlyByTask), std::end(kOnlyByTask),
        [&](const char* id) { return &TiktokMeasureOf(id) == &measure; });
    if (by_task) return std::nullopt;
    return TiktokMeaning{&measure, ""};
  }
  return std::nullopt;
}

std::optional<sdk::Period> ParseTiktokPeriod(std::string_view text) {
  text = tabular::Trim(text);
  if (text.size() != 12 || text[3] != '-' || text[7] != ' ') {
    return std::nullopt;
  }
  int year = 0;
  for (const char c : text.substr(8)) {
    if (c < '0' || c > '9') return std::nullopt;
    year = year * 10 + (c - '0');
  }
  const int first = MonthOf(text.substr(0, 3));
  const int last = MonthOf(text.substr(4, 3));
  if (first == 0 || last == 0) return std::nullopt;
  return MonthsOf(year, first, last, text);
}

std::optional<sdk::Period> QuarterEnding(int32_t day, std::string_view text) {
  const std::chrono::year_month_day after{
      std::chrono::sys_days{std::chrono::days{day + 1}}};
  if (after.day() != std::chrono::day{1}) return std::nullopt;
  const int year = static_cast<int>(after.year());
  const int month = static_cast<int>(static_cast<unsigned>(after.month()));
  return month == 1 ? MonthsOf(year - 1, 10, 12, text)
                    : MonthsOf(year, month - 3, month - 1, text);
}

bool IsTiktokPlaceholder(std::string_view label) {
  const std::string text = Lower(tabular::Trim(label));
  if (text.size() > 1) {
    const std::string ends = {text.front(), text.back()};
    if (ends == "[]" || ends == "{}" || ends == "<>") return true;
  }
  for (const char* mark : {"{{", "}}", "${", "<%", "lorem ipsum", "placeholder",
                           "insert ", "your text"}) {
    if (text.find(mark) != std::string::npos) return true;
  }
  for (const char* word :
       {"tbc", "tbd", "todo", "xxx", "null", "none", "nan", "n/a", "undefined",
        "#n/a", "#ref!", "#value!", "#name?"}) {
    if (text == word) return true;
  }
  return false;
}

std::string SubPolicyLabel(std::string_view name) {
  return "Sub-policy: " + std::string(name);
}

}  // namespace collate::transparency_report
