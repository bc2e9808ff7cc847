#include "service/api/ingestion_handlers.h"
