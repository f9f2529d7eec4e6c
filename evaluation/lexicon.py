"""The words that the heuristics look for, as data. All of it is English and lower case.

A trailing `*` stands for any ending, so that `deploy*` covers deploys, deployed and deployment.
"""

from collections.abc import Iterable


class TermList:
    """Terms, given as one text, to be recognised in words that are lower case already."""

    def __init__(self, terms: str) -> None:
        patterns = frozenset(terms.split())
        self._whole = frozenset(term for term in patterns if not term.endswith("*"))
        self._stems = frozenset(term[:-1] for term in patterns if term.endswith("*"))
        self._stem_lengths = sorted({len(stem) for stem in self._stems})

    def find(self, words: Iterable[str]) -> list[str]:
        """The term of each word that is one, in order; a term comes as often as it appears."""
        return [term for word in words if (term := self._term(word)) is not None]

    def _term(self, word: str) -> str | None:
        if word in self._whole:
            return word
        stems = (word[:length] for length in self._stem_lengths)
        return next((stem for stem in stems if stem in self._stems), None)


FIELD_GUIDE_TERMS = (
    "optimization",
    "strategy",
    "implementation",
    "architecture",
    "demonstrated",
    "proven",
    "expertise",
    "competitive",
    "advantage",
)

PROFESSIONAL_TERMS = TermList(
    """
    accountab* achiev* adopt* advantage* agenda align* analys* approach approv* architect* assess* audience
    balance* baseline benchmark* benefit* budget* business capabilit* challenge* clarif* client* collaborat*
    commit* communicat* competitive compliance confiden* consisten* contract* coordinat* cost* criteria
    custom* deadline* decision* deliver* demand demonstrat* depend* design* develop* disciplin* document*
    effective* efficien* engage* ensure* establish* evaluat* evidence experience* expertise feedback focus*
    framework* goal* govern* growth guid* impact* implement* improv* incentive* increas* industr*
    initiative* innovat* insight* integrat* invest* investor* launch* lead* manag* margin* market* measur*
    method* metric* milestone* monitor* negotiat* objective* onboard* operat* opportunit* optimi* organi*
    outcome* ownership partner* perform* pilot plan* policies policy position* practice* prioriti* process*
    product* professional* profit* progress* project* proposal* proven quality quarter* recommend* reduc*
    regulat* relevan* reliab* report* require* research* resilien* resource* responsib* result* retention
    return revenue review* risk* roadmap role* scal* schedul* scope sector* service* skill* solution*
    specif* stakeholder* standard* strateg* streamlin* structur* success* supplier* support* sustain*
    timeline* track* train* transform* transparen* trust* understand* user* valu* vendor* vision workflow*
    """
)

INFORMAL_TERMS = TermList(
    """
    amazing awesome bro bruh cool crap damn dude gonna gotta guys haha hella hey insane kinda lmao lol lot
    meh nah nope ok okay omg pls plz shit sorta stuff super totally wanna wow yay yeah yep yo
    """
)

TECHNICAL_TERMS = TermList(
    """
    abstraction* access* algorithm* allocat* api apis archiv* article artifact* asynchron* authenticat*
    authoriz* automat* backend backup* bandwidth batch* binary bottleneck* branch* browser* buffer* bug*
    build builds cach* calibrat* canary certificate* checksum* clause client-side cluster* code* commit*
    compil* component* comput* concurren* config* consent consisten* container* controller controller* cpu*
    credential* cryptograph* dashboard* data database* dataset* debug* decod* dependenc* deploy* device*
    diagnos* disclosure distribut* docker duplicat* encod* encrypt* endpoint* enforcement engine*
    environment* error* event* exception* failover failure* fallback* fault* file* filter* firewall*
    firmware frontend function* gateway* gdpr gpu* graph graphs handler* hash hashes header* heuristic*
    hypothes* idempoten* incident* index* inference infrastructure input* instance* instrument* integrat*
    interface* iteration* json jurisdiction* kernel* key keys kubernetes latency law laws layer* legal*
    liabilit* librar* load* lock locks log logging logic logs loop* machine* memory message* metric*
    microservice* middleware migrat* model* module* monitor* network* node* obligation* observab* optimi*
    output* parallel* parameter* parser* partition* patch* payload* penalt* percentile* performance
    permission* pipeline* pixel* platform* pointer* precision privacy probabilit* processor* production
    profil* program* prompt* protocol* provision* proxy* python quer* queue* recover* redundan* refactor*
    regex regression* regulat* release* replica* repositor* request* resilien* retention retries retry
    rollback* rollout* router* runtime sandbox* scal* schema* script* sdk section* secur* sensor* serializ*
    server* session* shard* simulat* snapshot* software specif* sql stack* stag* state* statist* statut*
    storage stream* syntax system* telemetry template* terminal* test* thread* threshold* throughput
    timeout* token* tool* topolog* tracing traffic transaction* transform* trigger* tuning unit units
    upgrad* usage valid* variable* vector* version* virtual* vulnerabilit* web workflow* workload*
    """
)

REASONING_TERMS = TermList(
    """
    although assum* because but compar* consequen* depend* despite either else except hence however if
    implies instead moreover nevertheless otherwise rather since than thereby therefore though thus
    trade-off* tradeoff* unless until when whereas whether while
    """
)

FUNCTION_WORDS = TermList(
    """
    a about after all also an and any are as at be because been but by can could do does each for from get
    had has have how i if in into is it its just like may me more most my new no not now of on one only or
    other our out over so some such than that the their them then there these they this to too under up us
    was we were what when where which while who why will with would you your
    """
)
