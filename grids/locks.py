"""The advisory locks of the database: every number that is taken, and what its second key is."""

REGISTERS = 7101  # district: an import holds it alone, forms share it
DATA_REQUESTS = 7102  # district
RESULTS = 7103  # batch: whoever writes its result workbook
PREMISES_CODES = 7402  # grid
PATROLS = 7411  # grid
CAMPAIGNS = 7412  # district
# Without a second key: one in the installation
SWEEP = 0x6361736573
CATALOGUE = 0x636174616C6F67
AUDIT_CHAIN = 0x6175646974
