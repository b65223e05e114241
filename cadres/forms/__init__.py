"""Forms: they clean what was typed and know nothing else."""

from cadres.forms.lookups import MoveOrganizationForm, OrganizationFileForm, OrganizationForm, ValueForm
from cadres.forms.people import CadreForm, ChangeCadreForm, CreateCadreForm
from cadres.forms.status import DeceaseForm, FamilyForm, MoveInForm, MoveOutForm, PhotoForm, ReasonForm

__all__ = [
    "CadreForm",
    "ChangeCadreForm",
    "CreateCadreForm",
    "DeceaseForm",
    "FamilyForm",
    "MoveInForm",
    "MoveOrganizationForm",
    "MoveOutForm",
    "OrganizationFileForm",
    "OrganizationForm",
    "PhotoForm",
    "ReasonForm",
    "ValueForm",
]
