// How the parts of an Office Open XML package hang together: content types,
// relationships, and the workbook's list of sheets. Handlers of their parts;
// parts are found by relationship and type, never by path.
//
// Internal to this folder. One thread at a time.

#ifndef COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_
#define COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "plugins/tabular/budget.h"
#include "plugins/tabular/status.h"
#include "plugins/tabular/workbook.h"
#include "plugins/tabular/xml.h"
#include "plugins/tabular/zip.h"

namespace collate::tabular {

// An attribute that says 1 or true.
bool XmlFlag(const XmlElement& element, std::string_view name);

class ContentTypes : public PathHandler {
 public:
  explicit ContentTypes(const Archive& archive) : archive_(archive) {}

  // Empty when the package does not say.
  std::string TypeOf(size_t entry) const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Archive& archive_;
  std::map<size_t, std::string> overrides_;
  std::vector<std::pair<std::string, std::string>> defaults_;
};

struct Relationship {
  std::string id;
  std::string kind;  // the last word of its type
  std::string target;
  bool external = false;
};

class Relationships : public PathHandler {
 public:
  explicit Relationships(const Budget& budget) : budget_(budget) {}

  // Null when there is none.
  const Relationship* ById(std::string_view id) const;
  const Relationship* ByKind(std::string_view kind) const;
  uint64_t Count(std::string_view kind) const;
  // To what lies outside of the package, links that a reader clicks apart.
  uint64_t CountExternal() const;

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Budget& budget_;
  std::vector<Relationship> all_;
};

// The name of the part that `target` means as seen from part `from`.
Status ResolveTarget(std::string_view from, std::string_view target,
                     std::string* name);
// Where the relationships of a part stand.
std::string RelationshipsOf(const std::string& part);

// A package as a whole: what its main part is and where the others stand.
class OfficePackage {
 public:
  // A type's end, such as "spreadsheetml.sheet.main+xml".
  struct MainTypes {
    std::string_view what;  // "the workbook"
    std::string_view type;
    std::string_view template_type;
  };

  OfficePackage(Archive& archive, Budget& budget)
      : archive_(archive), budget_(budget), types_(archive), parts_(budget) {}

  // Refuses macros and a main part of another type.
  Status Open(const MainTypes& types);
  // After Open: the part that the main one calls by this relationship.
  Status FindPart(const Relationship* relationship, const std::string& what,
                  size_t* entry) const;

  size_t main() const { return main_; }
  const ContentTypes& types() const { return types_; }
  const Relationships& parts() const { return parts_; }
  // Parts whose type ends so.
  uint64_t CountParts(std::string_view type) const;

 private:
  Status ParseNamed(const std::string& name, XmlHandler& handler);
  Status Find(const Relationship* relationship, std::string_view from,
              const std::string& what, size_t* entry) const;

  Archive& archive_;
  Budget& budget_;
  ContentTypes types_;
  Relationships parts_;
  size_t main_ = Archive::kNone;
};

struct ListedSheet {
  SheetInfo info;
  std::string relationship;
};

class WorkbookPart : public PathHandler {
 public:
  explicit WorkbookPart(const Budget& budget) : budget_(budget) {}

  bool epoch_1904() const { return epoch_1904_; }
  const std::vector<ListedSheet>& sheets() const { return sheets_; }

 protected:
  Status Enter(int parent, const XmlElement& element, int* state) override;

 private:
  const Budget& budget_;
  bool epoch_1904_ = false;
  std::vector<ListedSheet> sheets_;
};

}  // namespace collate::tabular

#endif  // COLLATE_PLUGINS_TABULAR_XLSX_PACKAGE_H_
