; Inno Setup script: installs for this person alone (no administrator), leaves the person's work when it is removed.
; Compiled by build.py: ISCC /DVersion=... /DBundle=... /DMade=... /DOutput=... installer.iss
#ifndef Version
  #error Start packaging\build.py: it tells the version and the folders.
#endif

[Setup]
AppId={{6E0C3E5B-5C0F-4B57-9D6B-2F0B7C9A41D8}
AppName=LLM Studio
AppVersion={#Version}
AppVerName=LLM Studio {#Version}
AppPublisher=The LLM Studio founders
VersionInfoVersion={#Version}
DefaultDirName={autopf}\LLM Studio
DefaultGroupName=LLM Studio
DisableProgramGroupPage=yes
PrivilegesRequired=lowest
PrivilegesRequiredOverridesAllowed=dialog
ArchitecturesAllowed=x64compatible
ArchitecturesInstallIn64BitMode=x64compatible
MinVersion=10.0.17763
LicenseFile={#Made}\licences\LICENSE.txt
InfoBeforeFile={#Made}\licences\QT.txt
OutputDir={#Output}
OutputBaseFilename=llmstudio-{#Version}-windows-x64-setup
SetupIconFile={#Made}\llmstudio.ico
UninstallDisplayIcon={app}\LLM Studio.exe
UninstallDisplayName=LLM Studio
Compression=lzma2/max
SolidCompression=yes
WizardStyle=modern
CloseApplications=yes
RestartApplications=no

[Tasks]
Name: "desktopicon"; Description: "{cm:CreateDesktopIcon}"; Flags: unchecked

[Files]
Source: "{#Bundle}\*"; DestDir: "{app}"; Flags: ignoreversion recursesubdirs createallsubdirs

[InstallDelete]
; An older version's libraries must not lie beside the new ones.
Type: filesandordirs; Name: "{app}\_internal"

[Icons]
Name: "{group}\LLM Studio"; Filename: "{app}\LLM Studio.exe"; AppUserModelID: "LLMStudio.LLMStudio"
Name: "{group}\LLM Studio in the terminal"; Filename: "{cmd}"; Parameters: "/K ""{app}\llmstudio.exe"" --help"
Name: "{autodesktop}\LLM Studio"; Filename: "{app}\LLM Studio.exe"; Tasks: desktopicon

[Run]
Filename: "{app}\LLM Studio.exe"; Description: "{cm:LaunchProgram,LLM Studio}"; Flags: nowait postinstall skipifsilent

; Nothing under [UninstallDelete]: models, runs and settings belong to the person and stay.
