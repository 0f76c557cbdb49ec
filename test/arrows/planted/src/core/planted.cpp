#include "net/strand.hpp"
